extension Configuration {
  /// A list of `seed`: the default cloud's entries and those that are written here. One that means a default entry changes
  /// it, and what it does not say stays; every other one is added. `"defaults": false` leaves out what the default cloud
  /// has of the list, but for an `essential` one that is not written at all: no cloud is without.
  ///
  /// `means` tells whether an entry as it is written stands for a default one; `read` reads it, over that one.
  public func seeded<Entry>(
    _ key: String, over defaults: [Entry], essential: Bool = false, means: (Configuration, Entry) throws -> Bool,
    read: (Configuration, Entry?) throws -> Entry
  ) throws -> [Entry] {
    let written = try sections(key)
    guard try bool("defaults") ?? true else {
      return try written?.map { try read($0, nil) } ?? (essential ? defaults : [])
    }
    var entries = defaults
    var changed: Set<Int> = []
    for section in written ?? [] {
      let place = try defaults.indices.first { try !changed.contains($0) && means(section, defaults[$0]) }
      if let place {
        changed.insert(place)
        entries[place] = try read(section, defaults[place])
      } else {
        entries.append(try read(section, nil))
      }
    }
    return entries
  }
}

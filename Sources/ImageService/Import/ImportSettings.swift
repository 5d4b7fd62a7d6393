import OpenStackAPI

/// A way to import an image besides uploading it.
enum ImportMethod: String, CaseIterable, Sendable {
  case glanceDirect = "glance-direct"
  case webDownload = "web-download"
  case copyImage = "copy-image"
}

/// What the configuration's `image` section says of bytes, imports, tasks and locations.
struct ImportSettings: Sendable {
  /// Glance's default.
  var enabledMethods = ImportMethod.allCases
  var filter = ImportFilter()
  /// Whether images show where their bytes are, and clients may say it.
  var showsLocations = false
  /// Whether images show the address of their bytes.
  var showsDirectURL = false
  /// Hours that a task is kept after its end.
  var taskTimeToLive = 48
  /// Whether the bytes behind a new location are read to compute their digests.
  var doesSecureHash = true

  /// The most bytes that one image may have: Glance's default of `image_size_cap`, 1 TiB.
  var sizeCap = 1 << 40
  /// Whether bytes that are not in the format that is declared are refused.
  var requiresFormatMatch = true
  /// Whether administrators can manage a cache of images, as on DevStack.
  var hasCache = true

  init() {}

  /// Reads the `image` section.
  init(_ section: Configuration) throws {
    if let names = try section.strings("enabled_import_methods") {
      enabledMethods = try names.map { name in
        guard let method = ImportMethod(rawValue: name) else {
          let known = ImportMethod.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
          throw section.mistake("enabled_import_methods", "expected some of \(known), found \"\(name)\"")
        }
        return method
      }
    }
    filter = try ImportFilter(section.section("import_filtering_opts"))
    requiresFormatMatch = try section.bool("require_image_format_match") ?? requiresFormatMatch
    sizeCap = try section.integer("image_size_cap", in: 1...Int.max) ?? sizeCap
    showsLocations = try section.bool("show_multiple_locations") ?? showsLocations
    showsDirectURL = try section.bool("show_image_direct_url") ?? showsDirectURL
    taskTimeToLive = try section.integer("task_time_to_live", in: 0...1_000_000) ?? taskTimeToLive
    hasCache = try section.bool("image_cache") ?? hasCache
    doesSecureHash = try section.bool("do_secure_hash") ?? doesSecureHash
  }
}

extension World {
  /// What the configuration says of imports.
  var imports: ImportSettings { settings.get(default: ImportSettings()) }
}

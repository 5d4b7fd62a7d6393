extension String {
  /// In lower case as Python's `str.lower` makes it: a sigma that ends a word becomes `ς`.
  public var pythonLowercased: String {
    guard utf8.contains(0xCE), unicodeScalars.contains("Σ") else { return lowercased() }
    let scalars = Array(unicodeScalars)
    var lowered = String.UnicodeScalarView()
    for (place, scalar) in scalars.enumerated() {
      if scalar == "Σ" {
        let isLast = Self.endsWord(scalars[..<place].reversed(), scalars[(place + 1)...])
        lowered.append(isLast ? "ς" : "σ")
      } else {
        lowered.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(lowered)
  }

  /// Unicode's condition `Final_Sigma`: a letter before, none behind, whatever has no case between.
  private static func endsWord(
    _ before: some Sequence<Unicode.Scalar>, _ after: some Sequence<Unicode.Scalar>
  ) -> Bool {
    func meetsLetter(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
      scalars.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
    }
    return meetsLetter(before) && !meetsLetter(after)
  }
}

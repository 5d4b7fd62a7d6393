extension String {
  /// The truth value of a word of oslo.utils' `bool_from_string`, whatever its case; `nil` for any other text.
  public var booleanWord: Bool? {
    switch lowercased() {
    case "1", "t", "true", "on", "y", "yes": true
    case "0", "f", "false", "off", "n", "no": false
    default: nil
    }
  }
}

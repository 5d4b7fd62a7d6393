/// The cases of letters, as Python's `re` compares them under `IGNORECASE`: one character for one character.
enum LetterCase {
  /// The lower-case form, where that is one character; Python takes the first where it is several.
  static func lower(_ scalar: UInt32, asciiOnly: Bool = false) -> UInt32 {
    if scalar < 0x80 || asciiOnly { return (65...90).contains(scalar) ? scalar + 32 : scalar }
    guard let properties = Unicode.Scalar(scalar)?.properties else { return scalar }
    return properties.lowercaseMapping.unicodeScalars.first?.value ?? scalar
  }

  private static func upper(_ scalar: UInt32, asciiOnly: Bool) -> UInt32 {
    if scalar < 0x80 || asciiOnly { return (97...122).contains(scalar) ? scalar - 32 : scalar }
    guard let mapping = Unicode.Scalar(scalar)?.properties.uppercaseMapping.unicodeScalars, mapping.count == 1 else {
      return scalar
    }
    return mapping.first?.value ?? scalar
  }

  /// A character and all that it equals.
  static func variants(of scalar: UInt32, asciiOnly: Bool) -> [UInt32] {
    let lower = lower(scalar, asciiOnly: asciiOnly)
    guard !asciiOnly, let relatives = relatives[lower] else {
      return [scalar, lower, upper(lower, asciiOnly: asciiOnly)]
    }
    return [scalar] + relatives.flatMap { [$0, upper($0, asciiOnly: false)] }
  }

  /// Letters that equal more than their own other case, by the lower-case ones among them (Python's
  /// `re._casefix`, and what has a lower-case form that is the lower-case form of another as well).
  private static let relatives: [UInt32: [UInt32]] = {
    let classes: [[UInt32]] = [
      [0x69, 0x131, 0x130], [0x6B, 0x212A], [0x73, 0x17F], [0xB5, 0x3BC], [0xDF, 0x1E9E], [0xE5, 0x212B],
      [0x345, 0x3B9, 0x1FBE], [0x390, 0x1FD3], [0x3B0, 0x1FE3], [0x3B2, 0x3D0], [0x3B5, 0x3F5],
      [0x3B8, 0x3D1, 0x3F4], [0x3BA, 0x3F0], [0x3C0, 0x3D6], [0x3C1, 0x3F1], [0x3C2, 0x3C3], [0x3C6, 0x3D5],
      [0x3C9, 0x2126], [0x432, 0x1C80], [0x434, 0x1C81], [0x43E, 0x1C82], [0x441, 0x1C83], [0x442, 0x1C84, 0x1C85],
      [0x44A, 0x1C86], [0x463, 0x1C87], [0x1C88, 0xA64B], [0x1E61, 0x1E9B], [0xFB05, 0xFB06],
    ]
    return Dictionary(classes.flatMap { letters in letters.map { ($0, letters) } }) { first, _ in first }
  }()

  /// The ASCII letters that equal others beyond ASCII.
  static let withRelatives: [UInt32] = [0x69, 0x6B, 0x73]
}

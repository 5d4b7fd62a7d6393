/// The name that a guest gets from its server's name, as Nova makes it (nova.utils, `sanitize_hostname`; nova.compute.api,
/// `_populate_instance_names`).
enum Hostname {
  /// The name of one of `count` servers that a request makes; their number comes after what was cut short, so that the
  /// whole may be longer than a guest's name can be.
  static func of(serverNamed name: String, id: String, index: Int, count: Int) -> String {
    let sanitized = sanitized(name)
    guard !sanitized.isEmpty else { return "Server-" + id }
    return count > 1 ? "\(sanitized)-\(index + 1)" : sanitized
  }

  /// Of the first characters of Latin-1 those that Python counts as parts of words, in lower case; blanks, low lines and
  /// full stops become dashes, which end no name.
  static func sanitized(_ name: String) -> String {
    let characters = name.unicodeScalars.filter { $0.value < 256 }.prefix(longest)
    let dash = Unicode.Scalar(UInt8(ascii: "-"))
    var label = characters.compactMap { part(of: UInt8($0.value)) }[...]
    while label.first == dash { label.removeFirst() }
    while label.last == dash { label.removeLast() }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: label)
    return String(text)
  }

  /// What dnsmasq takes.
  private static let longest = 63

  /// What becomes of a character; `nil` where nothing does.
  private static func part(of character: UInt8) -> Unicode.Scalar? {
    switch character {
    case UInt8(ascii: " "), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): Unicode.Scalar(UInt8(ascii: "-"))
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), 0xC0...0xD6, 0xD8...0xDE: Unicode.Scalar(character + 0x20)
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0xDF...0xF6, 0xF8...0xFF:
      Unicode.Scalar(character)
    // The ordinals, the powers, the micro sign and the fractions are letters and digits to Python.
    case 0xAA, 0xB2, 0xB3, 0xB5, 0xB9, 0xBA, 0xBC...0xBE: Unicode.Scalar(character)
    default: nil
    }
  }
}

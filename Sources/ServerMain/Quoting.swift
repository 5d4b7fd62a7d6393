import OpenStackAPI

/// Text for a POSIX shell. What decides here are bytes: a quote with a combining character after it is a quote to the
/// shell, though it is another `Character`.
enum Shell {
  /// The text as one word.
  static func quoted(_ text: String) -> String {
    guard text.isEmpty || !text.utf8.allSatisfy(isPlain) else { return text }
    var quoted = "'"
    for scalar in text.unicodeScalars {
      if scalar == "'" { quoted += #"'\''"# } else { quoted.unicodeScalars.append(scalar) }
    }
    return quoted + "'"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "+"):
      true
    default: false
    }
  }

  /// The text for a comment or a prompt, where it must not end the line nor steer the terminal.
  static func shown(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      shown.unicodeScalars.append(scalar.properties.generalCategory == .control ? "?" : scalar)
    }
    return shown
  }
}

/// Text for YAML.
enum YAML {
  /// The text as a scalar in double quotes (YAML 1.1 and 1.2, chapter 5.7). What is not printable, or ends a line in one
  /// of the two, is escaped, since YAML has no other way to say it.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case " "..."~", "\u{A0}"..."\u{2027}", "\u{202A}"..."\u{D7FF}", "\u{E000}"..."\u{FEFE}", "\u{FF00}"..."\u{FFFD}",
        "\u{10000}"..."\u{10FFFF}":
        quoted.unicodeScalars.append(scalar)
      default: quoted += escape(scalar.value)
      }
    }
    return quoted + "\""
  }

  private static func escape(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    let (letter, width) = value < 0x100 ? ("x", 2) : ("u", 4)
    return "\\\(letter)" + String(repeating: "0", count: width - digits.utf8.count) + digits
  }
}

/// Variables for another program.
enum Variables {
  /// Refuses values that no variable of the environment can hold.
  static func check(_ variables: [(name: String, value: String)]) throws(ConfigurationError) {
    for (name, value) in variables where value.utf8.contains(0) {
      throw ConfigurationError("\(name): a variable cannot hold the character NUL")
    }
  }
}

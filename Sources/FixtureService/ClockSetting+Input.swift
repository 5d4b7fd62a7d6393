import OpenStackAPI

extension ClockSetting {
  /// `{"mode": "paced", "rate": 60, "now": "2026-01-01T00:00:00Z"}`
  static let schema = members.and { value, _ in ClockSetting.mistake(in: value).map { Violation(value, $0) } }

  private static let members = Schema.object([
    Property("mode", .string(in: ["real", "paced", "stopped"]), .required),
    Property("rate", .any),
    Property("now", .string(format: ControlFormat.moment).orNull),
  ])

  /// What of the members does not go together.
  private static func mistake(in value: JSON) -> String? {
    let (mode, rate) = (value["mode"]?.text, value["rate"] ?? .null)
    guard mode == "paced" else {
      if !rate.isNull { return "only a paced clock has a rate" }
      return mode == "real" && value["now"]?.isNull == false ? "a real clock shows the machine's time" : nil
    }
    let rates = ClockMode.rates
    guard let rate = rate.double, rates.contains(rate) else {
      return "a paced clock needs a 'rate' from \(rates.lowerBound) to \(Int(rates.upperBound)): seconds per second"
    }
    return nil
  }

  /// Reads what `schema` takes; `nil` for nothing.
  init?(_ json: JSON?) {
    guard let json, let word = json["mode"]?.text else { return nil }
    let mode: ClockMode =
      switch word {
      case "real": .real
      case "paced": .paced(json["rate"]?.double ?? 1)
      default: .stopped
      }
    self.init(mode, now: json["now"]?.text.flatMap(Timestamp.init(iso8601:)))
  }
}

extension JSON {
  fileprivate var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}

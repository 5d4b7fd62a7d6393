import OpenStackAPI
import Persistence

/// The filters of a list: every parameter that is not paging or sorting, those nobody knows being custom properties.
struct ImageFilters {
  private(set) var conditions: [Condition] = []

  private static let notFilters: Set = [
    "limit", "marker", "member_status", "sort", "sort_key", "sort_dir", "visibility", "deleted",
  ]
  private static let columns: Set = [
    "owner", "checksum", "os_hash_algo", "os_hash_value", "size", "virtual_size", "min_disk", "min_ram",
  ]
  private static let ranges: Set = ["size", "virtual_size", "min_disk", "min_ram"]

  /// How many filters one list takes: each is a condition of one statement.
  private static let most = 256

  init(_ query: QueryParameters) throws(Fault) {
    guard query.pairs.count <= Self.most else {
      throw .badRequest("No more than \(Self.most) query parameters can be given.", reason: .limit)
    }
    let hidden = try Self.truth("os_hidden", query["os_hidden"]?.lowercased() ?? "false")
    conditions.append(Condition("os_hidden = ?", hidden))
    for tag in query.all("tag").map(\.trimmed).uniqued {
      let condition = "EXISTS (SELECT 1 FROM image_tags t WHERE t.image_id = images.id AND t.value = ?)"
      conditions.append(Condition(condition, tag))
    }
    var seen: Set = ["os_hidden", "tag"]
    for name in query.pairs.map(\.name) where seen.insert(name).inserted && !Self.notFilters.contains(name) {
      conditions.append(try Self.condition(name, query[name] ?? ""))
    }
  }

  private static func condition(_ name: String, _ value: String) throws(Fault) -> Condition {
    switch name {
    case "changes-since":
      throw .badRequest("The \"changes-since\" filter is no longer available on v2.")
    case "protected": return Condition("protected = ?", try truth(name, value))
    case "name", "id", "status", "container_format", "disk_format": return try words(name, value)
    case "created_at", "updated_at": return try moments(name, value)
    case _ where columns.contains(name): return Condition("\(name) = ?", value)
    default: return try range(name, value) ?? property(name, value)
    }
  }

  private static func property(_ name: String, _ value: String) -> Condition {
    Condition(
      "EXISTS (SELECT 1 FROM image_properties p WHERE p.image_id = images.id AND p.name = ? AND p.value = ?)", name,
      value)
  }

  private static func truth(_ name: String, _ value: String) throws(Fault) -> Bool {
    guard value == "true" || value == "false" else {
      throw .badRequest(
        "Invalid value '\(value)' for '\(name)' filter. Valid values are 'true' or 'false'.")
    }
    return value == "true"
  }

  /// `size_min` and `size_max`, and the same of every other number that an image has.
  private static func range(_ name: String, _ value: String) throws(Fault) -> Condition? {
    guard name.hasSuffix("_min") || name.hasSuffix("_max"), ranges.contains(String(name.dropLast(4))) else {
      return nil
    }
    guard let bound = Int(value.trimmingBlanks()) else {
      throw .badRequest("Unable to filter on a range with a non-numeric value.")
    }
    return Condition("\(name.dropLast(4)) \(name.hasSuffix("_min") ? ">=" : "<=") ?", bound)
  }

  /// `name=x`, `name=eq:x`, `name=in:a,"b,c"`.
  private static func words(_ name: String, _ value: String) throws(Fault) -> Condition {
    let (comparison, operand) = split(value)
    switch comparison {
    case "eq": return Condition("\(name) = ?", operand)
    case "in": return .isOne(name, of: try QuotedList(operand).words)
    default: throw unknownOperator(comparison)
    }
  }

  /// `created_at=gte:2026-01-01T00:00:00Z`. Times count in whole seconds, as they are shown.
  private static func moments(_ name: String, _ value: String) throws(Fault) -> Condition {
    let (comparison, operand) = split(value)
    guard let moment = Timestamp(iso8601: operand) else {
      throw .badRequest("Bad \"\(name)\" query filter format. Use ISO 8601 DateTime notation.")
    }
    let start = moment.seconds * 1_000_000
    let next = start + 1_000_000
    switch comparison {
    case "lt": return Condition("\(name) < ?", start)
    case "lte": return Condition("\(name) < ?", next)
    case "gt": return Condition("\(name) >= ?", next)
    case "gte": return Condition("\(name) >= ?", start)
    case "eq": return Condition("\(name) >= ? AND \(name) < ?", start, next)
    case "neq": return Condition("(\(name) < ? OR \(name) >= ?)", start, next)
    default: throw .badRequest("Unable to filter on a unknown operator.")
    }
  }

  private static func unknownOperator(_ name: String) -> Fault {
    .badRequest("Unable to filter by unknown operator '\(name)'.")
  }

  /// A moment has colons of its own; what is before the first colon of anything else is an operator.
  private static func split(_ expression: String) -> (comparison: String, operand: String) {
    guard let colon = expression.firstIndex(of: ":"), Timestamp(iso8601: expression) == nil else {
      return ("eq", expression)
    }
    return (String(expression[..<colon]), String(expression[expression.index(after: colon)...]))
  }
}

/// Words with commas between them; a word in double quotes may have commas itself.
struct QuotedList {
  private(set) var words: [String] = []

  init(_ text: String) throws(Fault) {
    var rest = text[...]
    while !rest.isEmpty {
      let isQuoted = rest.first == "\""
      words.append(isQuoted ? try Self.quoted(&rest, of: text) : try Self.bare(&rest, of: text))
    }
  }

  private static func quoted(_ rest: inout Substring, of text: String) throws(Fault) -> String {
    var word = ""
    rest.removeFirst()
    while let character = rest.popFirst() {
      if character == "\\", let escaped = rest.popFirst() {
        word.append(character)
        word.append(escaped)
      } else if character == "\"" {
        guard rest.isEmpty || rest.popFirst() == "," else {
          throw invalid(text, "There is no comma after closing quotation mark.")
        }
        return word
      } else {
        word.append(character)
      }
    }
    throw invalid(text, "The quote is not closed.")
  }

  private static func bare(_ rest: inout Substring, of text: String) throws(Fault) -> String {
    let word = rest.prefix { $0 != "," }
    guard !word.contains("\"") else { throw invalid(text, "There is no comma before opening quotation mark.") }
    rest = rest.dropFirst(word.count + 1)
    return String(word)
  }

  private static func invalid(_ text: String, _ why: String) -> Fault {
    .badRequest("Invalid filter value \(text). \(why)")
  }
}

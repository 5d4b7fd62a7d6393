import HTTPServer

/// An error as webob shows it (webob.exc, `WSGIHTTPException`): one text with line breaks in HTML, which is kept, or put
/// into JSON, or stripped of its tags, as the client's `Accept` says.
public struct WebObPage: Sendable {
  private let code: Int
  private let title: String
  /// What the page says: an explanation, and where it stands.
  private let explanation: String
  private let detail: String
  /// Pages with an explanation of their own end without the lines that are otherwise left for comments.
  private let ending: String

  /// A page; without an `ending` of its own it ends with the lines for comments.
  public init(_ code: Int, _ explanation: String, detail: String = "", ending: String = "\n\n") {
    (self.code, title) = (code, Self.title(code))
    (self.explanation, self.detail, self.ending) = (explanation, detail, ending)
  }

  private var status: String { "\(code) \(title)" }

  private static func title(_ status: Int) -> String {
    switch status {
    case 413: "Request Entity Too Large"
    case 416: "Request Range Not Satisfiable"
    default: HTTPStatus.reason(status)
    }
  }

  /// The page in the form that the client prefers.
  public func response(accept: String?) -> Response {
    switch AcceptedType(accept) {
    case .html: return .text(html, contentType: "text/html; charset=UTF-8", status: code)
    case .json:
      return .json(status: code) { json in
        json.member("message", text(explanation, detail))
        json.member("code", status)
        json.member("title", title)
      }
    case .plain: return .text(plain, contentType: "text/plain; charset=UTF-8", status: code)
    }
  }

  private func text(_ explanation: String, _ detail: String) -> String {
    "\(explanation)<br /><br />\n\(detail)\(ending)"
  }

  private var html: String {
    """
    <html>
     <head>
      <title>\(status)</title>
     </head>
     <body>
      <h1>\(status)</h1>
      \(text(Self.escaped(explanation), Self.escaped(detail)))
     </body>
    </html>
    """
  }

  /// Line breaks become blanks, `<br />` becomes a line break, and other tags go: also what only looks like one.
  private var plain: String {
    var stripped = ""
    var tag: String?
    for character in text(explanation, detail).unicodeScalars where character != "\r" {
      switch character {
      case "<" where tag == nil: tag = ""
      case ">" where tag != nil:
        if tag?.lowercased().hasPrefix("br") == true { stripped += "\n" }
        tag = nil
      case _ where tag != nil: tag?.unicodeScalars.append(character)
      case "\n": stripped += " "
      default: stripped.unicodeScalars.append(character)
      }
    }
    return "\(status)\n\n\(stripped)\(tag.map { "<" + $0 } ?? "")"
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#x27;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}

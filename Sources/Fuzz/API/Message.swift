import HTTPServer

/// A request as it goes over the wire.
struct Message {
  var method: String
  var target: String
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  var isChunked = false

  /// The bytes to send.
  var bytes: [UInt8] {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if isChunked {
      head += "Transfer-Encoding: chunked\r\n"
    } else if !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) {
      head += "Content-Length: \(body.count)\r\n"
    }
    return Array((head + "\r\n").utf8) + (isChunked ? chunks : body)
  }

  private var chunks: [UInt8] {
    var chunks: [UInt8] = []
    for piece in stride(from: 0, to: body.count, by: 1000).map({ body[$0..<min(body.count, $0 + 1000)] }) {
      chunks += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10]
    }
    return chunks + Array("0\r\n\r\n".utf8)
  }

  /// A command line that sends the same to a server on a port.
  func curl(port: Int) -> String {
    var words = ["curl", "-i", "--path-as-is", "-X", method]
    for (name, value) in headers { words += ["-H", quoted("\(name): \(value)")] }
    if !body.isEmpty { words += ["--data-binary", quoted(String(decoding: body.prefix(4000), as: UTF8.self))] }
    return (words + [quoted("http://127.0.0.1:\(port)\(target)")]).joined(separator: " ")
  }

  /// A word for bash.
  private func quoted(_ text: String) -> String {
    var word = "$'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'", "\\": word += "\\\(scalar)"
      case " "..."~": word.unicodeScalars.append(scalar)
      default: for byte in String(scalar).utf8 { word += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16) }
      }
    }
    return word + "'"
  }
}

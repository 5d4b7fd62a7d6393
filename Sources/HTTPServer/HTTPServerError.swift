import Glibc

/// Why an address could not be bound.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another program, or another listener of this one, has the port.
  case addressInUse(host: String, port: Int)
  /// The port needs rights that this process lacks.
  case permissionDenied(host: String, port: Int)
  /// The address is none of this machine's.
  case addressNotAvailable(host: String, port: Int)
  /// The host is not an IP address nor `localhost`, or the port is not within 0...65535.
  case badAddress(host: String, port: Int)
  /// `shutdown` was called before.
  case shutDown
  /// Any other failure of a system call; `code` is its errno.
  case system(operation: String, code: Int32)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .addressInUse(let host, let port):
      "Cannot listen on \(HTTPServerAddress(host: host, port: port)): the port is already in use."
    case .permissionDenied(let host, let port):
      "Cannot listen on \(HTTPServerAddress(host: host, port: port)): ports below 1024 need more rights."
    case .addressNotAvailable(let host, let port):
      "Cannot listen on \(HTTPServerAddress(host: host, port: port)): this machine has no such address."
    case .badAddress(let host, let port):
      "Cannot listen on \(HTTPServerAddress(host: host, port: port)): give an IP address or localhost, and a port."
    case .shutDown:
      "Cannot listen: the server was shut down."
    case .system(let operation, let code):
      "Cannot listen: \(operation) failed: \(String(cString: strerror(code)))."
    }
  }

  init(operation: String, code: Int32, host: String, port: Int) {
    switch code {
    case EADDRINUSE: self = .addressInUse(host: host, port: port)
    case EACCES, EPERM: self = .permissionDenied(host: host, port: port)
    case EADDRNOTAVAIL: self = .addressNotAvailable(host: host, port: port)
    default: self = .system(operation: operation, code: code)
    }
  }
}

/// An address that a server listens on.
public struct HTTPServerAddress: Hashable, Sendable, CustomStringConvertible {
  /// The IP address as text.
  public var host: String
  /// The port, never 0.
  public var port: Int

  /// Names an address.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Host and port as in a URL.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

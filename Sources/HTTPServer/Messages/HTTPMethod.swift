/// A request method (RFC 9110 section 9). Methods are case-sensitive.
public struct HTTPMethod: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The method as sent, such as `GET`. The known ones are short enough to need no allocation.
  public var rawValue: String

  /// Names a method; any token may be one.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The method as sent.
  public var description: String { rawValue }

  /// RFC 9110 section 9.3.1.
  public static let get = HTTPMethod(rawValue: "GET")
  /// RFC 9110 section 9.3.2: as GET, without the body.
  public static let head = HTTPMethod(rawValue: "HEAD")
  /// RFC 9110 section 9.3.3.
  public static let post = HTTPMethod(rawValue: "POST")
  /// RFC 9110 section 9.3.4.
  public static let put = HTTPMethod(rawValue: "PUT")
  /// RFC 5789.
  public static let patch = HTTPMethod(rawValue: "PATCH")
  /// RFC 9110 section 9.3.5.
  public static let delete = HTTPMethod(rawValue: "DELETE")
  /// RFC 9110 section 9.3.7.
  public static let options = HTTPMethod(rawValue: "OPTIONS")
  /// RFC 9110 section 9.3.8.
  public static let trace = HTTPMethod(rawValue: "TRACE")
  /// RFC 9110 section 9.3.6. The server refuses it before any handler sees it.
  public static let connect = HTTPMethod(rawValue: "CONNECT")
  /// Swift's object store: copies an object.
  public static let copy = HTTPMethod(rawValue: "COPY")
}

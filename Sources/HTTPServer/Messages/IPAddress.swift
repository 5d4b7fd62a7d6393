import Glibc

/// An IPv4 or IPv6 address. An IPv4 address inside IPv6 (`::ffff:127.0.0.1`) is the IPv4 one.
public struct IPAddress: Sendable, Hashable {
  /// Four bytes or sixteen, in network order.
  public let bytes: [UInt8]

  /// Reads `127.0.0.1` or `::1`, without brackets, port or zone.
  public init?(_ text: some StringProtocol) {
    guard !text.utf8.contains(0) else { return nil }
    let text = String(text)
    if let v4 = Self.bytes(AF_INET, text, count: 4) {
      bytes = v4
    } else if let v6 = Self.bytes(AF_INET6, text, count: 16) {
      bytes = v6.starts(with: Self.mapped) ? Array(v6.dropFirst(Self.mapped.count)) : v6
    } else {
      return nil
    }
  }

  private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

  private static func bytes(_ family: Int32, _ text: String, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return inet_pton(family, text, &bytes) == 1 ? bytes : nil
  }

  /// Whether it is of this machine's loopback: `127.0.0.0/8` or `::1`.
  public var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 }
  }
}

/// A range of addresses, as in `10.0.0.0/8`; a single address is one of its own.
public struct IPNetwork: Sendable, Hashable {
  private let address: IPAddress
  private let prefix: Int

  /// Reads an address with or without the length of its prefix.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
    let whole = address.bytes.count * 8
    guard let prefix = parts.count == 1 ? whole : decimal(parts[1].utf8), prefix <= whole else { return nil }
    (self.address, self.prefix) = (address, prefix)
  }

  /// Whether an address is in the range.
  public func contains(_ other: IPAddress) -> Bool {
    guard address.bytes.count == other.bytes.count else { return false }
    for (place, (mine, theirs)) in zip(address.bytes, other.bytes).enumerated() {
      let left = prefix - place * 8
      guard left > 0 else { return true }
      let mask: UInt8 = left >= 8 ? 0xFF : 0xFF << UInt8(8 - left)
      guard mine & mask == theirs & mask else { return false }
    }
    return true
  }
}

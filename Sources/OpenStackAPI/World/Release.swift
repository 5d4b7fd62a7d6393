/// An OpenStack release: a cloud of it offers the versions it had.
public enum Release: String, Sendable, CaseIterable, Comparable {
  case mitaka, newton, ocata, pike, queens, rocky, stein, train, ussuri, victoria, wallaby, xena, yoga, zed
  case antelope = "2023.1"
  case bobcat = "2023.2"
  case caracal = "2024.1"
  case dalmatian = "2024.2"
  case epoxy = "2025.1"
  case flamingo = "2025.2"
  case gazpacho = "2026.1"
  /// The newest versions known, also those after the last release.
  case latest

  /// Earlier is less.
  public static func < (a: Self, b: Self) -> Bool { a.place < b.place }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension Release {
  /// The value that belongs to this release in a table of "since this release": the last entry not later than it.
  public func value<Value>(_ table: [(since: Release, value: Value)], before first: Value) -> Value {
    table.last { $0.since <= self }?.value ?? first
  }
}

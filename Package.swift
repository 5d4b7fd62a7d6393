// swift-tools-version: 6.2
import PackageDescription

// Complete concurrency checking comes with the Swift 6 language mode; a warning is an error.
let checked: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "pocketstack",
  products: [
    .executable(name: "pocketstack", targets: ["ServerMain"]),
    .library(name: "PocketStack", targets: ["PocketStack"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CDigest", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CSystem"),
    .target(name: "Locking", swiftSettings: checked),
    .target(name: "RegularExpressions", swiftSettings: checked),
    .target(name: "HTTPServer", dependencies: ["CSystem", "CZlib", "Locking"], swiftSettings: checked),
    .target(
      name: "Persistence", dependencies: ["CSQLite", "CSystem", "Locking", "RegularExpressions"],
      swiftSettings: checked),
    .target(
      name: "OpenStackAPI",
      dependencies: ["HTTPServer", "Locking", "Persistence", .product(name: "Logging", package: "swift-log")],
      swiftSettings: checked),
    .target(
      name: "IdentityService",
      dependencies: [
        "Locking", "OpenStackAPI", "RegularExpressions", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ], swiftSettings: checked),
    .target(
      name: "ComputeService",
      dependencies: [
        "OpenStackAPI", "RegularExpressions", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"), .product(name: "SwiftASN1", package: "swift-asn1"),
      ], swiftSettings: checked),
    .target(
      name: "ImageService", dependencies: ["CDigest", "HTTPServer", "Locking", "OpenStackAPI"],
      swiftSettings: checked),
    .target(
      name: "FixtureService", dependencies: ["HTTPServer", "Locking", "OpenStackAPI", "Persistence"],
      swiftSettings: checked),
    .target(
      name: "PocketStack",
      dependencies: [
        "CSystem", "HTTPServer", "Locking", "Persistence", "OpenStackAPI", "IdentityService", "ComputeService",
        "ImageService",
        "FixtureService",
        .product(name: "Logging", package: "swift-log"),
      ], resources: [.embedInCode("Profiles/devstack.json")], swiftSettings: checked),
    .executableTarget(
      name: "ServerMain",
      dependencies: [
        "PocketStack", "OpenStackAPI", "HTTPServer", "Locking", "Persistence", "CSystem",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: checked),
    .target(
      name: "CloudTesting", dependencies: ["PocketStack", "OpenStackAPI", "HTTPServer"], path: "Tests/CloudTesting",
      swiftSettings: checked),
    .executableTarget(
      name: "Fuzz", dependencies: ["HTTPServer", "OpenStackAPI", "PocketStack", "RegularExpressions"],
      swiftSettings: checked),
    .testTarget(
      name: "RegularExpressionsTests", dependencies: ["RegularExpressions"], exclude: ["table.py", "python.tsv"],
      swiftSettings: checked),
    .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer"], swiftSettings: checked),
    .executableTarget(
      name: "CrashWriter", dependencies: ["Persistence"], path: "Tests/CrashWriter", swiftSettings: checked),
    .testTarget(
      name: "PersistenceTests", dependencies: ["Persistence", "CrashWriter"], exclude: ["collation.py"],
      swiftSettings: checked),
    .testTarget(
      name: "OpenStackAPITests", dependencies: ["OpenStackAPI", "CloudTesting"], swiftSettings: checked),
    .testTarget(
      name: "IdentityServiceTests", dependencies: ["IdentityService", "PocketStack", "CloudTesting"],
      swiftSettings: checked),
    .testTarget(
      name: "ComputeServiceTests", dependencies: ["ComputeService", "PocketStack", "CloudTesting"],
      exclude: ["reference.py", "reference.jsonl"], swiftSettings: checked),
    .testTarget(
      name: "ImageServiceTests", dependencies: ["ImageService", "PocketStack", "CloudTesting"],
      swiftSettings: checked),
    .testTarget(
      name: "FixtureServiceTests",
      dependencies: ["CSQLite", "FixtureService", "Locking", "PocketStack", "CloudTesting"],
      swiftSettings: checked),
    .testTarget(
      name: "PocketStackTests", dependencies: ["PocketStack", "CloudTesting"], swiftSettings: checked),
  ],
  swiftLanguageModes: [.v6]
)

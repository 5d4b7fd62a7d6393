import HTTPServer
import OpenStackAPI
import Persistence

/// Images whose bytes another server has: the store of the type `http`, which is only read.
enum RemoteImage {
  /// The store that addresses elsewhere belong to, if one is configured and the address is allowed.
  static func store(of url: String, _ world: World) -> String? {
    guard world.imports.filter.address(url) != nil else { return nil }
    return world.imageStores.all.first { $0.kind == .http }?.id
  }

  /// How many bytes there are at an address; `nil` where there are none, or none that may be had.
  static func size(_ url: String, _ world: World) async -> Int? {
    guard store(of: url, world) != nil, let address = world.imports.filter.address(url) else { return nil }
    let length = try? await HTTPDownload.length(of: address, world.imports.filter)
    return length.flatMap { $0 > 0 && ClosedRange.counts.contains($0) ? $0 : nil }
  }

  /// A part of the bytes at an address, handed on as they come.
  static func body(_ url: String, _ part: Range<Int>, _ world: World) async throws -> HTTPResponseBody? {
    guard let address = world.imports.filter.address(url) else { throw unavailable }
    let download: HTTPDownload
    do {
      download = try await HTTPDownload.begin(address, world.imports.filter)
    } catch HTTPDownloadError.status(404) {
      return nil
    } catch {
      throw unavailable
    }
    return .stream(length: part.count) { writer in
      var place = 0
      while place < part.upperBound, let piece = try await download.next() {
        let wanted = part.clamped(to: place..<place + piece.count)
        if !wanted.isEmpty {
          try await writer.write(Array(piece[(wanted.lowerBound - place)..<(wanted.upperBound - place)]))
        }
        place += piece.count
      }
    }
  }

  private static let unavailable = Fault(
    503, "Remote server where the image is present is unavailable.", reason: .state)
}

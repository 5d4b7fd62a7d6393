import OpenStackAPI

/// An answer that goes on for as long as somebody listens (WHATWG HTML, "Server-sent events").
enum EventStream {
  /// Sends what is told, as `data` writes it on one line; nothing of what it gives `nil` for.
  static func response<Element: Sendable>(
    _ name: String, _ events: Following<Element>, _ data: @escaping @Sendable (Element) -> String?
  ) -> Response {
    Response(
      headers: [("Cache-Control", "no-store")], contentType: "text/event-stream",
      body: .stream(length: nil) { writer in
        try await writer.flush()
        for await event in events {
          switch event {
          case .silence: try await writer.write(": nothing yet\n\n")
          case .element(let element):
            guard let data = data(element) else { continue }
            try await writer.write("event: \(name)\ndata: \(data)\n\n")
          }
        }
      })
  }
}

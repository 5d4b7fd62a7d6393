import OpenStackAPI

// What Glance's controllers expect of a body before they look into it (glance/common/wsgi.py).
extension Call {
  /// The body, which has to be a list or an object.
  func listOrObject() throws(Fault) -> JSON {
    guard body.array == nil, body.object == nil else { return body }
    // The word null is a body too.
    guard !body.isNull || exchange.request.body.contentLength ?? 0 > 0 else {
      throw .badRequest("Body expected in request.")
    }
    throw .notListOrObject
  }

  /// Refuses a body where there is nothing to say (`body_reject` of Glance's routes).
  func refuseBody() throws(Fault) {
    guard exchange.request.body.contentLength ?? 0 == 0 else {
      throw .badRequest("A body is not expected with this request.")
    }
  }
}

extension Fault {
  /// A body that is neither a list nor an object.
  static let notListOrObject = Fault.badRequest("Unexpected body type. Expected list/dict.")
}

extension JSON {
  /// An integer, also where it is written with a fraction of zero: JSON Schema takes `1.0` for one.
  var exactInteger: Int? {
    if case .number(let number) = self { Int(exactly: number) } else { integer }
  }
}

/// What a declared schema takes, for programs that make values of it. Whether a value satisfies the schema is only for
/// `Schema.check` to say: a shape knows nothing of rules that hold between members.
package indirect enum Shape: Sendable {
  /// A check written by hand.
  case opaque
  /// Any value.
  case any
  /// One of some values.
  case words([JSON])
  /// A string of a length in characters, of certain words where there are any, or of a form.
  case string(ClosedRange<Int>, [String], StringFormat?)
  /// A whole number in a range.
  case integer(ClosedRange<Int>)
  /// So many elements of one schema.
  case array(Schema, ClosedRange<Int>)
  /// Members, and what happens to others.
  case object([Property], AdditionalProperties, atLeast: Int)
  /// Satisfies at least one of these.
  case anyOf([Schema])
  /// What a version says.
  case byVersion(@Sendable (Version) -> Schema)
}

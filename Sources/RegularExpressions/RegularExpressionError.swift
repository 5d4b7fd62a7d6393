/// Why a text cannot be used as an expression.
public enum RegularExpressionError: Error, Equatable, Sendable {
  /// It is none; what is wrong with it, in the words of Python's `re`.
  case invalid(String)
  /// It is one, of a size that is not taken.
  case tooLarge
}

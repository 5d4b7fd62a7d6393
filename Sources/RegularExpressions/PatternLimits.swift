/// The largest expressions that are taken: what a longer or deeper one would say, nobody asks of a name.
enum PatternLimits {
  /// In bytes.
  static let length = 8192
  /// How deep groups may nest.
  static let depth = 100
  /// Instructions of the compiled expression, in which counted repetitions are written out.
  static let instructions = 10_000
}

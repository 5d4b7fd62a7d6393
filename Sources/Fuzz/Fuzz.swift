import Glibc

// Throws mutated inputs at the readers of what clients send:
//
//   SWIFT_BACKTRACE=enable=no swift run -c release Fuzz http 60 1     # target, seconds, seed
//
// The same seed gives the same inputs; `make fuzz` runs all targets. Coverage-guided, by libFuzzer (FUZZ_TARGET names
// another target than http):
//
//   swift build -c release --scratch-path .build-libfuzzer --product Fuzz -Xswiftc -DLIBFUZZER \
//     -Xswiftc -sanitize=fuzzer,address
//   SWIFT_BACKTRACE=enable=no .build-libfuzzer/release/Fuzz -max_total_time=60 corpus/
//
// It has to say how many counters it loaded; with two --sanitize options it finds none, and is blind.
// Put a few requests into corpus/: from nothing it does not find a well-formed one.

/// Stops with what is wrong; the input is shown as a list of bytes.
func report(_ flaw: String, _ bytes: some Collection<UInt8>, _ seed: UInt64) -> Never {
  print("seed \(seed), input \(Array(bytes)):\n\(flaw)")
  exit(1)
}

#if LIBFUZZER
  private let chosen =
    FuzzTarget.all.first { $0.name == getenv("FUZZ_TARGET").map { String(cString: $0) } } ?? FuzzTarget.http

  @_silgen_name("LLVMFuzzerRunDriver")
  private func runLibFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  ) -> Int32

  /// Where the package manager lets an executable begin.
  @_cdecl("Fuzz_main")
  public func begin(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Int32 {
    var count = count
    var arguments = arguments
    return runLibFuzzer(&count, &arguments, fuzzOneInput)
  }

  /// libFuzzer's way in.
  @_cdecl("LLVMFuzzerTestOneInput")
  public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    // A copy of the very size lets the address sanitizer see a read past the end.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    copy.copyMemory(from: bytes)
    defer { copy.deallocate() }
    for seed: UInt64 in [2, 7] {
      if case .flaw(let flaw) = chosen.judge(UnsafeRawBufferPointer(copy), seed) { report(flaw, bytes, seed) }
    }
    return 0
  }
#else
  @main
  struct Fuzz {
    static func main() {
      let arguments = CommandLine.arguments.dropFirst()
      if arguments.first == "api" { exit(APIFuzz.run(Array(arguments.dropFirst()))) }
      let names = FuzzTarget.all.map(\.name)
      guard let target = FuzzTarget.all.first(where: { $0.name == arguments.first }) else {
        print("usage: Fuzz <\(names.joined(separator: "|"))> [seconds] [seed], or Fuzz api [requests] [seed]")
        exit(2)
      }
      let numbers = arguments.dropFirst().map { Int($0) ?? 0 }
      run(target, seconds: numbers.first ?? 10, seed: UInt64(max(0, numbers.dropFirst().first ?? 1)))
    }

    private static func run(_ target: FuzzTarget, seconds: Int, seed: UInt64) {
      var mutator = Mutator(target: target, seed: seed)
      let end = ContinuousClock.now + .seconds(seconds)
      var count = 0
      var taken = 0
      while count % 256 != 0 || ContinuousClock.now < end {
        let (bytes, seed) = mutator.next()
        switch bytes.withUnsafeBytes({ target.judge($0, seed) }) {
        case .flaw(let flaw): report(flaw, bytes, seed)
        case .refused: break
        case .taken:
          taken += 1
          mutator.wasTaken(bytes)
        }
        count += 1
      }
      print("\(target.name): \(count) inputs, \(taken) of them well-formed; nothing wrong")
    }
  }
#endif

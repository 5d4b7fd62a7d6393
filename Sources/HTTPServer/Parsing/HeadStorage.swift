import Glibc

/// A received head: its bytes and, in the same allocation, where each header field lies in them.
///
/// Safe to share between threads: only the parser writes to it, before anyone else has a reference.
final class HeadStorage: @unchecked Sendable {
  struct Field {
    var name: UInt32
    var nameCount: UInt32
    var value: UInt32
    var valueCount: UInt32
  }

  private let fields: UnsafeMutablePointer<Field>
  let bytes: UnsafeRawBufferPointer
  private let fieldCapacity: Int
  private(set) var fieldCount = 0

  init(copying head: UnsafeRawBufferPointer, fieldCapacity: Int) {
    let table = fieldCapacity * MemoryLayout<Field>.stride
    let memory = UnsafeMutableRawPointer.allocateWithMalloc(byteCount: table + head.count)
    if let source = head.baseAddress { (memory + table).copyMemory(from: source, byteCount: head.count) }
    fields = memory.bindMemory(to: Field.self, capacity: fieldCapacity)
    bytes = UnsafeRawBufferPointer(start: memory + table, count: head.count)
    self.fieldCapacity = fieldCapacity
  }

  deinit {
    free(fields)
  }

  /// Records a field; false if there is no room for it.
  func append(name: Range<Int>, value: Range<Int>) -> Bool {
    guard fieldCount < fieldCapacity else { return false }
    fields[fieldCount] = Field(
      name: UInt32(name.lowerBound), nameCount: UInt32(name.count),
      value: UInt32(value.lowerBound), valueCount: UInt32(value.count))
    fieldCount += 1
    return true
  }

  func nameBytes(at index: Int) -> UnsafeRawBufferPointer {
    slice(fields[index].name, fields[index].nameCount)
  }

  func valueBytes(at index: Int) -> UnsafeRawBufferPointer {
    slice(fields[index].value, fields[index].valueCount)
  }

  func name(at index: Int) -> String { String(decoding: nameBytes(at: index), as: UTF8.self) }

  func value(at index: Int) -> String { String(decoding: valueBytes(at: index), as: UTF8.self) }

  func firstIndex(named name: String) -> Int? {
    name.withUTF8Bytes { wanted in
      (0..<fieldCount).first { matches($0, wanted) }
    }
  }

  func indices(named name: String) -> [Int] {
    name.withUTF8Bytes { wanted in
      (0..<fieldCount).filter { matches($0, wanted) }
    }
  }

  private func matches(_ index: Int, _ wanted: UnsafeRawBufferPointer) -> Bool {
    Int(fields[index].nameCount) == wanted.count && ByteSyntax.equalIgnoringCase(nameBytes(at: index), wanted)
  }

  private func slice(_ start: UInt32, _ count: UInt32) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(start) + Int(count)])
  }
}

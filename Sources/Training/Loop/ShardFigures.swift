import Files
import Ranks

/// What a part of a step gave, batch by batch; nothing where none of a batch's rows fell into it.
struct ShardFigures {
  private var batches: [Figures?]

  init(_ batches: [Figures?]) { self.batches = batches }

  func write(to message: inout Message) throws {
    message.add(batches.count)
    for figures in batches {
      guard let figures else {
        message.add(-1)
        continue
      }
      message.add(figures.terms.count)
      for term in figures.terms {
        message.add(term.name)
        message.add(term.value)
      }
      message.add(figures.rowLosses == nil ? 0 : 1)
      message.add(figures.rowLosses ?? [])
      message.add(figures.measures.count)
      for (name, value) in figures.measures.sorted(by: { $0.key < $1.key }) {
        message.add(name)
        message.add(value.sum)
        message.add([value.count].compactMap(\.self))
      }
      message.add(figures.texts.isEmpty ? [] : try JSON.encode(figures.texts))
    }
  }

  /// All that are left in a message.
  static func all(_ reader: inout Message.Reader) throws -> [ShardFigures] {
    var all: [ShardFigures] = []
    while !reader.isAtEnd { all.append(try ShardFigures(&reader)) }
    return all
  }

  private init(_ reader: inout Message.Reader) throws {
    batches = []
    for _ in 0..<(try reader.int()) {
      let count = try reader.int()
      if count < 0 {
        batches.append(nil)
        continue
      }
      var terms: [LossTerm] = []
      for _ in 0..<count { terms.append(LossTerm(name: try reader.string(), value: try reader.double())) }
      let knows = try reader.int() == 1
      let losses = try reader.values(Double.self)
      var figures = Figures(terms: terms, gradientNorm: 0, rowLosses: knows ? losses : nil)
      for _ in 0..<(try reader.int()) {
        let name = try reader.string()
        let sum = try reader.double()
        figures.measures[name] = StepMeasure(sum: sum, count: try reader.values(Int.self).first)
      }
      let texts = try reader.values(UInt8.self)
      if !texts.isEmpty {
        figures.texts = try JSON.decode([MadeText].self, from: texts, path: "what a rank says")
      }
      batches.append(figures)
    }
  }

  /// Those of the whole step: terms and measures are sums over the parts, losses of rows stand in the order of the
  /// draw.
  static func joined(_ shards: [ShardFigures], batches: Int) -> Figures {
    var figures = Figures.none
    for batch in 0..<batches {
      for found in shards.compactMap({ $0.batches[batch] }) { figures.add(found) }
    }
    return figures
  }
}

import Testing

@testable import Reporting

@Suite struct FormatTests {
  @Test func numbersReadAsPeopleWriteThem() {
    #expect(Format.grouped(4_386_178) == "4,386,178")
    #expect(Format.grouped(999) == "999")
    #expect(Format.grouped(-1000) == "-1,000")
    #expect(Format.short(812) == "812")
    #expect(Format.short(11_240) == "11.2k")
    #expect(Format.short(4_386_178) == "4.39M")
    #expect(Format.short(999_900) == "1.00M")
    #expect(Format.short(0.25) == "0.25")
    #expect(Format.bytes(17_612_345) == "17.6 MB")
    #expect(Format.bytes(1_234_567_890_123) == "1.23 TB")
    #expect(["no", "yes"].at(1) == "yes" && ["no", "yes"].at(1e300) == nil && ["no", "yes"].at(0.5) == nil)
    #expect(Format.bytes(512) == "512 B")
    #expect(Format.bytes(2048) == "2.05 kB")
    #expect(Format.significant(3e-5, 3) == "3e-05")
    #expect(Format.fixed(0.12345, 3) == "0.123")
    #expect(Format.fixed(-0.00001, 4) == "0.0000" && Format.fixed(-0.00005001, 4) == "-0.0001")
  }

  @Test func durationsKeepTwoUnits() {
    #expect(Format.duration(0.84) == "0.8 s")
    #expect(Format.duration(42.4) == "42 s")
    #expect(Format.duration(185) == "3 min 05 s")
    #expect(Format.duration(7620) == "2 h 07 min")
    #expect(Format.duration(59.7) == "1 min 00 s")
    #expect(Format.duration(.infinity) == "–")
  }

  @Test func tablesAlignTheirColumns() {
    var table = TextTable([("name", .left), ("value", .right)])
    table.add(["a", "1.0"])
    table.add(["longer", "10.25"])
    #expect(
      table.text == """
        name    value
        ──────  ─────
        a         1.0
        longer  10.25

        """)
  }
}

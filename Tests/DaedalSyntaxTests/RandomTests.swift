import DaedalSyntax
import Testing

@Suite struct RandomTests {
    /// Random programs parse, keep their trees when formatted, and are stable then.
    @Test func randomProgramsKeepTheirTrees() {
        for seed in 0..<1500 {
            let text = RandomProgram.text(seed: UInt64(seed))
            let program = parse(text)
            #expect(program.diagnostics.map(\.message) == [], "seed \(seed):\n\(text)")
            if program.diagnostics.isEmpty { _ = FormatterTests.format(Array(text.utf8), "seed \(seed)") }
        }
    }

    /// Any bytes give a tree and diagnostics, and rendering those works too.
    @Test func mutatedProgramsNeverTrap() throws {
        var random = RandomProgram.SplitMix(state: 7)
        var samples = try (Goldens.sources(in: "format") + Goldens.sources(in: "syntax")).map(Goldens.bytes)
        for seed in 0..<40 { samples.append(Array(RandomProgram.text(seed: UInt64(9000 + seed)).utf8)) }
        let pieces = [
            "(", ")", "[", "]", "{", "}", "\"", "\"\"\"", "\\(", "\n", "\n- ", "let ", "fn ", "if ", "else ", "..", "=>", "=", "#", "'", "0x",
            "9999999999999999999", "train ", "network A", "\u{1F642}", "é",
        ]
        for round in 0..<4000 {
            var bytes = samples[round % samples.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes.removeSubrange(place..<end)
                case 1: bytes.insert(contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: place)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                case 3: bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0...bytes.count, using: &random))
                default: bytes.removeSubrange(place...)
                }
            }
            check(bytes)
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = RandomProgram.SplitMix(state: 3)
        for round in 0..<400 {
            let alphabet = round % 2 == 0 ? Array(0...255) : Array("()[]{}\"\\\n -=>.,:;#'ab1x".utf8)
            check((0..<Int.random(in: 0...300, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 })
        }
    }

    private func check(_ bytes: [UInt8]) {
        let map = SourceMap()
        let source = map.add(name: "fuzz", text: bytes)
        let program = Parser.parse(source)
        for diagnostic in program.diagnostics {
            let spans = [diagnostic.span] + diagnostic.labels.map(\.span) + diagnostic.fixes.compactMap(\.span)
            #expect(spans.allSatisfy { $0.start <= $0.end && Int($0.end) <= bytes.count }, "\(diagnostic) in \(bytes)")
        }
        _ = DiagnosticRenderer(sources: map).render(program.diagnostics)
        _ = TreePrinter.print(program, places: true)
        _ = TokenPrinter.print(Lexer.lex(source))
        _ = Parser.isIncomplete(source)
        if program.diagnostics.isEmpty { _ = FormatterTests.format(bytes, "fuzz") }
    }
}

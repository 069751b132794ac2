import DaedalGraph
import Testing

/// The known answers that the authors of Random123 publish for Philox 4x32-10.
@Suite struct PhiloxTests {
    @Test func knownAnswers() {
        let all = UInt32.max
        #expect(Philox.block(counter: [0, 0, 0, 0], key: [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        #expect(Philox.block(counter: [all, all, all, all], key: [all, all]) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
        #expect(
            Philox.block(counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0])
                == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    @Test func momentsOfDraws() {
        let uniform = Philox.draw(.uniform, count: 40_000, stream: 9, execution: 3),
            normal = Philox.draw(.normal, count: 40_000, stream: 9, execution: 3)
        let mean = uniform.reduce(0, +) / 40_000
        #expect(abs(mean - 0.5) < 0.01 && uniform.allSatisfy { $0 >= 0 && $0 < 1 })
        let average = normal.reduce(0, +) / 40_000, variance = normal.reduce(0) { $0 + $1 * $1 } / 40_000
        #expect(abs(average) < 0.02 && abs(variance - 1) < 0.03)
    }

    @Test func drawsDependOnStreamAndExecution() {
        let draws = [(1, 0), (2, 0), (1, 1)].map { Philox.draw(.uniform, count: 8, stream: Int64($0.0), execution: Int64($0.1)) }
        #expect(Set(draws).count == 3)
        #expect(Philox.draw(.uniform, count: 5, stream: 1, execution: 0) == Array(draws[0].prefix(5)))
    }
}

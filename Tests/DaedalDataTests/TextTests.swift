import DaedalData
import Testing

@Suite struct TextTests {
    @Test func wordsKeepApostrophesAndHyphensInside() {
        let tokenizer = PieceTokenizer(.words, fit: ["Don't stop-and go, 'now'."])
        let pieces = tokenizer.encode("Don't stop-and go, 'now'.").compactMap { tokenizer.token($0) }
        #expect(pieces == ["Don't", "stop-and", "go", ",", "'", "now", "'", "."])
        #expect(tokenizer.encode("never") == [TokenNumbers.unknown])
        #expect(tokenizer.decode([0, 2, 0, 3]) == "")
    }

    @Test func theMostFrequentPiecesStay() {
        let tokenizer = PieceTokenizer(.words, fit: ["a b b c c c", "d"], most: 2)
        #expect(tokenizer.count == 6)
        #expect(tokenizer.encode("a b c d") == [1, 5, 4, 1])
    }

    @Test(arguments: ["low lower lowest", "  two  spaces\n\tand a tab ", "naïve — 日本語 🙂", "", "aaaa aaaa 12345 !?"])
    func everyTextComesBackFromBytePairs(_ text: String) {
        let tokenizer = BytePairTokenizer(fit: ["low lower lowest low low new newer"], size: 280)
        #expect(tokenizer.decode(tokenizer.encode(text)) == text)
        #expect(tokenizer.encode(text).allSatisfy { $0 >= TokenNumbers.first && $0 < tokenizer.count })
    }

    @Test func frequentPairsAreJoinedFirst() {
        // Counted by hand: "lo" and "ow" stand five times, "lo" has the smaller numbers.
        let tokenizer = BytePairTokenizer(fit: ["low low low low low er"], size: 261)
        #expect(tokenizer.token(260) == "lo")
    }
}

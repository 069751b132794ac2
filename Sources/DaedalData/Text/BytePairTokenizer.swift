/// Byte pair encoding over the bytes of words (Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016;
/// over bytes as in Radford et al., "Language Models are Unsupervised Multitask Learners", 2019): every text has an encoding and comes back exactly.
package struct BytePairTokenizer: Tokenizer {
    private struct Pair: Hashable, Comparable {
        let left: Int
        let right: Int
        static func < (a: Pair, b: Pair) -> Bool { (a.left, a.right) < (b.left, b.right) }
    }

    /// The bytes of each token.
    private let tokens: [[UInt8]]
    private let numbers: [[UInt8]: Int]
    /// The order in which pairs are joined; the joined token follows from it.
    private let ranks: [Pair: Int]
    private static let firstMerge = TokenNumbers.first + 256

    /// Learns the joins from texts until there are `size` numbers in all (or nothing is left to join). At least 260: four marks and the bytes.
    package init(fit texts: some Sequence<String>, size: Int) {
        var counts: [[UInt8]: Int] = [:], words: [[UInt8]] = []
        for text in texts {
            Self.visit(Array(text.utf8)) { word in
                if counts.updateValue((counts[word] ?? 0) + 1, forKey: word) == nil { words.append(word) }
            }
        }
        var learner = Learner(words: words.map { $0.map { Int($0) + TokenNumbers.first } }, counts: words.map { counts[$0] ?? 0 })
        var tokens = (0..<256).map { [UInt8($0)] }, ranks: [Pair: Int] = [:]
        while tokens.count + TokenNumbers.first < size, let best = learner.best() {
            let number = tokens.count + TokenNumbers.first
            ranks[best] = ranks.count
            tokens.append(tokens[best.left - TokenNumbers.first] + tokens[best.right - TokenNumbers.first])
            learner.join(best, as: number)
        }
        self.tokens = tokens
        self.ranks = ranks
        numbers = Dictionary(zip(tokens, TokenNumbers.first...), uniquingKeysWith: { first, _ in first })
    }

    package var count: Int { tokens.count + TokenNumbers.first }
    package var unknown: Int { TokenNumbers.unknown }
    package var start: Int { TokenNumbers.start }
    package var end: Int { TokenNumbers.end }
    package func index(of token: String) -> Int? { numbers[Array(token.utf8)] }
    package func token(_ number: Int) -> String? { bytes(number).map { String(decoding: $0, as: UTF8.self) } }

    private func bytes(_ number: Int) -> [UInt8]? {
        tokens.indices.contains(number - TokenNumbers.first) ? tokens[number - TokenNumbers.first] : nil
    }

    package func encode(_ text: String) -> [Int] {
        var result: [Int] = []
        Self.visit(Array(text.utf8)) { result += encode(word: $0) }
        return result
    }

    private func encode(word: [UInt8]) -> [Int] {
        if let whole = numbers[word] { return [whole] }
        var parts = word.map { Int($0) + TokenNumbers.first }
        while parts.count > 1 {
            var best: (at: Int, rank: Int)?
            for at in 0..<parts.count - 1 {
                if let rank = ranks[Pair(left: parts[at], right: parts[at + 1])], rank < best?.rank ?? .max { best = (at, rank) }
            }
            guard let best else { break }
            parts[best.at] = Self.firstMerge + best.rank
            parts.remove(at: best.at + 1)
        }
        return parts
    }

    package func decode(_ numbers: [Int]) -> String { String(decoding: numbers.flatMap { bytes($0) ?? [] }, as: UTF8.self) }

    /// Calls `body` with each word: a space goes with the word behind it, so that nothing is lost.
    private static func visit(_ bytes: [UInt8], _ body: ([UInt8]) -> Void) {
        /// Letters (and all beyond ASCII), digits, others: a word holds one kind.
        func kind(_ byte: UInt8) -> Int {
            switch byte {
            case 0x61...0x7a, 0x41...0x5a, 0x80...0xff: 0
            case 0x30...0x39: 1
            case 0x20, 0x09, 0x0a, 0x0d: 2
            default: 3
            }
        }
        var from = 0
        while from < bytes.count {
            var to = from + 1
            if bytes[from] == 0x20, to < bytes.count, kind(bytes[to]) != 2 { to += 1 }
            let wanted = kind(bytes[to - 1])
            while to < bytes.count && kind(bytes[to]) == wanted {
                // The last space of several goes with the word behind them.
                if wanted == 2, bytes[to] == 0x20, to + 1 < bytes.count, kind(bytes[to + 1]) != 2 { break }
                to += 1
            }
            body(Array(bytes[from..<to]))
            from = to
        }
    }

    /// The words as they are joined, with how often each pair stands in them.
    private struct Learner {
        private var words: [[Int]]
        private let counts: [Int]
        private var pairs: [Pair: Int] = [:]
        private var places: [Pair: Set<Int>] = [:]
        /// A heap of pairs by count, the smaller pair first among equals; entries whose count has changed are passed over.
        private var heap: [(count: Int, pair: Pair)] = []

        init(words: [[Int]], counts: [Int]) {
            self.words = words
            self.counts = counts
            for word in words.indices { add(word, 1) }
            for (pair, count) in pairs { push((count, pair)) }
        }

        private mutating func add(_ word: Int, _ sign: Int) {
            let parts = words[word]
            for at in 0..<max(parts.count - 1, 0) {
                let pair = Pair(left: parts[at], right: parts[at + 1])
                pairs[pair, default: 0] += sign * counts[word]
                if sign > 0 { places[pair, default: []].insert(word) }
            }
        }

        /// The most frequent pair, if one stands twice.
        mutating func best() -> Pair? {
            while let top = heap.first {
                if pairs[top.pair] == top.count { return top.count > 1 ? top.pair : nil }
                pop()
            }
            return nil
        }

        mutating func join(_ pair: Pair, as number: Int) {
            var touched: Set<Pair> = []
            for word in (places.removeValue(forKey: pair) ?? []).sorted() {
                add(word, -1)
                let parts = words[word]
                touched.formUnion(zip(parts, parts.dropFirst()).map { Pair(left: $0, right: $1) })
                var joined: [Int] = [], at = 0
                while at < parts.count {
                    if at + 1 < parts.count, parts[at] == pair.left, parts[at + 1] == pair.right {
                        joined.append(number)
                        at += 2
                    } else {
                        joined.append(parts[at])
                        at += 1
                    }
                }
                words[word] = joined
                add(word, 1)
                touched.formUnion(zip(joined, joined.dropFirst()).map { Pair(left: $0, right: $1) })
            }
            pairs[pair] = nil
            for changed in touched { if let count = pairs[changed], count > 0 { push((count, changed)) } }
        }

        private static func precedes(_ a: (count: Int, pair: Pair), _ b: (count: Int, pair: Pair)) -> Bool {
            a.count != b.count ? a.count > b.count : a.pair < b.pair
        }

        private mutating func push(_ entry: (count: Int, pair: Pair)) {
            heap.append(entry)
            var at = heap.count - 1
            while at > 0, Self.precedes(heap[at], heap[(at - 1) / 2]) {
                heap.swapAt(at, (at - 1) / 2)
                at = (at - 1) / 2
            }
        }

        private mutating func pop() {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
            var at = 0
            while true {
                var first = at
                for child in [2 * at + 1, 2 * at + 2] where child < heap.count && Self.precedes(heap[child], heap[first]) { first = child }
                if first == at { return }
                heap.swapAt(at, first)
                at = first
            }
        }
    }
}

/// Writes random programs from the grammar, with random layout: spaces, newlines where they do not count, comments, `;`.
struct RandomProgram {
    private var random: SplitMix
    private var text = ""
    /// The last thing written, and whether newlines count.
    private var last = ""
    private var newlinesCount = true
    /// Whether no space may stand before the next token.
    private var isGlued = false
    private var budget: Int

    init(seed: UInt64, size: Int = 60) {
        random = SplitMix(state: seed)
        budget = size
    }

    /// A small generator of uniform bits (Steele, Lea and Flood, 2014).
    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static func text(seed: UInt64) -> String {
        var program = RandomProgram(seed: seed)
        program.separated(1 + program.below(5)) { $0.statement() }
        return program.text
    }

    // Choices.
    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    private mutating func pick(_ words: [String]) -> String { words[below(words.count)] }

    // Layout.
    private static let expectMore: Set<String> = [
        "+", "-", "*", "/", "//", "%", "@", "**", "==", "!=", "<", "<=", ">", ">=", "=", "=>", "->", "|>", ",", ":", "and", "or", "in", "not", "+=",
    ]

    /// Writes one token after random white space; `sameLine` forbids a newline before it.
    private mutating func put(_ token: String, sameLine: Bool = false) {
        if isGlued {
            isGlued = false
            text += token
            last = token
            return
        }
        let mayBreak = !sameLine && (!newlinesCount || Self.expectMore.contains(last))
        let isWordy = { (text: String, end: Bool) in
            (end ? text.last : text.first).map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "\"" } ?? false
        }
        let needsSpace = (isWordy(last, true) && isWordy(token, false)) || !("([{,:;".contains(last) || "()[]{,:;".contains(token))
        switch below(12) {
        case 0 where mayBreak: text += "\n" + String(repeating: " ", count: below(5))
        case 1 where mayBreak: text += " # c\(below(9))\n\n"
        case 2: text += String(repeating: " ", count: 1 + below(3))
        default: text += needsSpace || chance(50) ? " " : ""
        }
        text += token
        last = token
    }

    private mutating func separated(_ count: Int, _ item: (inout RandomProgram) -> Void) {
        for index in 0..<count {
            if index > 0 {
                switch below(6) {
                case 0: text += ";"
                case 1: text += "  # trailing\n"
                case 2: text += "\n\n\n## above\n  "
                case 3: text += " ;\n"
                default: text += "\n" + String(repeating: " ", count: below(4))
                }
                last = ";"
            }
            item(&self)
        }
    }

    private mutating func braces(_ count: Int, _ item: (inout RandomProgram) -> Void) {
        put("{")
        let outer = newlinesCount
        newlinesCount = true
        if chance(60) { text += "\n" }
        separated(count, item)
        if chance(60) { text += chance(20) ? " # end\n" : "\n" }
        newlinesCount = outer
        put("}", sameLine: true)
    }

    private mutating func block() { braces(below(3)) { $0.statement() } }

    private mutating func group(
        _ open: String, _ close: String, _ count: Int, comma: Bool = true, sameLine: Bool = false, _ item: (inout RandomProgram) -> Void
    ) {
        put(open, sameLine: sameLine)
        let outer = newlinesCount
        newlinesCount = false
        for index in 0..<count {
            if index > 0 { put(",") }
            item(&self)
        }
        if comma, count > 0, chance(15) { put(",") }
        put(close)
        newlinesCount = outer
    }

    // Grammar.
    private mutating func name() -> String { pick(["a", "b", "xs", "model", "state", "naïve", "_x", "loss", "Dense", "epoch"]) }

    private mutating func pattern() {
        if chance(70) { put(chance(15) ? "_" : name()) } else { group("(", ")", 1 + below(2)) { $0.pattern() } }
    }

    private mutating func shape() {
        if chance(15) {
            group("(", ")", 1 + below(2)) {
                $0.put($0.name())
                $0.put(":")
                $0.shape()
            }
        } else {
            group("[", "]", below(3)) {
                if $0.chance(25) {
                    $0.put("...")
                    if $0.chance(50) { $0.put("n") }
                } else {
                    $0.put($0.pick(["n", "3", "_"]))
                    if $0.chance(20) {
                        $0.put("*")
                        $0.put("2")
                    }
                }
            }
        }
    }

    private mutating func parameters() {
        group("(", ")", below(3)) {
            if $0.chance(10) { $0.put("...") }
            $0.put($0.name())
            if $0.chance(30) {
                $0.put(":")
                $0.shape()
            }
            if $0.chance(30) {
                $0.put("=")
                $0.expression()
            }
        }
    }

    private mutating func tail() {
        if chance(30) {
            put("->")
            shape()
        }
        if chance(50) {
            put("=")
            expression()
        } else {
            block()
        }
    }

    private mutating func statement() {
        budget -= 1
        switch budget < 0 ? 20 : below(20) {
        case 0, 1, 2:
            put(pick(["let", "var"]))
            for index in 0...below(2) {
                if index > 0 { put(",") }
                pattern()
                put("=")
                expression()
            }
        case 3, 4:
            put("fn")
            put(name(), sameLine: true)
            parameters()
            tail()
        case 5:
            put("for")
            pattern()
            put("in")
            expression()
            block()
        case 6:
            put("while")
            expression()
            block()
        case 7: put(pick(["break", "continue", "return"]))
        case 8:
            put("return")
            operand(sameLine: true)
        case 9: put(pick(["import text", "import \"a.dl\" as b"]))
        case 10: network()
        case 11: dataset()
        case 12:
            put("test \"t\"")
            block()
        case 13, 14:
            put(name())
            put(chance(50) ? ".x" : "[0]", sameLine: true)
            put(pick(["=", "+="]), sameLine: true)
            expression()
        default: expression()
        }
    }

    private mutating func network() {
        put(chance(70) ? "network" : "optimizer")
        put(pick(["A", "B"]), sameLine: true)
        if chance(50) { parameters() }
        braces(below(4)) {
            switch $0.below(5) {
            case 0:
                $0.put($0.pick(["param", "state"]))
                $0.put($0.pick(["w", "b"]), sameLine: true)
                $0.put(":")
                $0.shape()
                $0.put("=")
                $0.expression()
                if $0.chance(30) {
                    $0.put("if", sameLine: true)
                    $0.expression()
                }
            case 1:
                $0.put("input")
                $0.put("[1, 28]", sameLine: true)
            case 2:
                $0.put($0.pick(["forward", "update"]))
                $0.parameters()
                $0.tail()
            default: $0.statement()
            }
        }
    }

    private mutating func dataset() {
        put("dataset")
        put("D", sameLine: true)
        if chance(30) { parameters() }
        let words = ["source", "input", "target", "split", "batch", "seed", "limit"].shuffled(using: &random)
        clauses(words, field: true)
    }

    private mutating func clauses(_ words: [String], field: Bool) {
        var rest = words[...]
        braces(below(4)) {
            if field, $0.chance(20) {
                $0.put("field")
                $0.put("angle", sameLine: true)
                $0.put("=")
                return $0.expression()
            }
            guard let word = rest.popFirst() else { return $0.put("quiet") }
            $0.put(word)
            for index in 0...$0.below(2) {
                if index > 0 { $0.put(",") }
                if $0.chance(30) { $0.put("key:", sameLine: index == 0) }
                $0.operand(sameLine: $0.last == word || $0.last == "key:")
            }
        }
    }

    private mutating func expression() {
        budget -= 1
        guard budget > 0 else { return operand() }
        switch below(14) {
        case 0:
            put("x")
            put("=>", sameLine: true)
            chance(30) ? block() : expression()
        case 1:
            group("(", ")", below(3), comma: false) { $0.put($0.name()) }
            put("=>", sameLine: true)
            chance(30) ? block() : expression()
        case 2: condition()
        case 3:
            put("minimize over")
            expression(loose: false)
            put("with")
            expression(loose: false)
            block()
        case 4:
            put("train")
            put("A()", sameLine: true)
            put("on", sameLine: true)
            put("D", sameLine: true)
            // Without clauses a block after it, as in `for x in train …`, would be taken for them.
            clauses(["loss", "optimizer", "epochs", "metrics", "seed"].shuffled(using: &random), field: false)
        default: expression(loose: true)
        }
    }

    private mutating func condition() {
        put("if")
        operand()
        block()
        while chance(30) {
            put("else")
            put("if")
            operand()
            block()
        }
        if chance(50) {
            put("else")
            block()
        }
    }

    private mutating func expression(loose: Bool) {
        if loose, chance(10) { put("not") }
        operand()
        for _ in 0..<below(3) {
            let sign = pick(["+", "-", "*", "/", "//", "%", "@", "**", "->", "|>"] + (loose ? ["and", "or", "==", "<", "in"] : []))
            // A comparison binds less than `|>`: both may follow each other freely.
            put(sign, sameLine: true)
            operand()
        }
    }

    private mutating func operand(sameLine: Bool = false) {
        budget -= 1
        if chance(12) {
            put("-", sameLine: sameLine)
            // At the start of a line a space after it would be an error.
            isGlued = true
        }
        switch budget < 0 ? below(4) : below(12) {
        case 0: put(pick(["1", "2.5", "1_000", "0xff", "1e-3", "3 epochs"]), sameLine: sameLine)
        case 1, 2, 3: put(name(), sameLine: sameLine)
        case 4: put(pick(["\"s\"", "\"a \\(b + \"c\") d\"", "\"\"\"\n  block\n  \"\"\"", "true", "none"]), sameLine: sameLine)
        case 5: group("(", ")", 1, comma: false, sameLine: sameLine) { $0.expression() }
        case 6: group("[", "]", below(3), sameLine: sameLine) { $0.expression() }
        case 7:
            group("(", ")", 1 + below(2), comma: false, sameLine: sameLine) {
                $0.put("key:")
                $0.expression()
            }
        default:
            put(name(), sameLine: sameLine)
            suffix()
        }
    }

    private mutating func suffix() {
        for _ in 0...below(2) {
            switch below(4) {
            case 0: put(".0", sameLine: true)
            case 1: put(".member")
            case 2:
                group("[", "]", 1 + below(2), sameLine: true) {
                    if $0.chance(40) { $0.put($0.pick(["..", "2..", "..-1", "1..=3", "new", "..."])) } else { $0.expression() }
                }
            default:
                group("(", ")", below(3), sameLine: true) {
                    if $0.chance(20) { $0.put("if:") }
                    if $0.chance(10) { $0.put("...") }
                    $0.expression()
                }
            }
        }
    }
}

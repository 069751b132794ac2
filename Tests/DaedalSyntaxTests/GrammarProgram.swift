/// Writes random programs from the rules of the page, with random layout. What the page says in words beside its rules stands in `write(rule:)`.
struct GrammarProgram {
    private let grammar: GrammarRules
    private var random: RandomProgram.SplitMix
    private(set) var text = ""
    private var last = ""
    /// Whether newlines count, innermost bracket last.
    private var blocks = [true]
    /// Whether the next token must stand on the line of the one before.
    private var isSameLine = false
    /// Whether nothing may stand before the next token.
    private var isGlued = false
    /// How much nesting is left.
    private var budget: Int
    /// Rules that have been used, for the test that all of them are.
    private(set) var used: Set<String> = []

    init(_ grammar: GrammarRules, seed: UInt64, size: Int = 24) {
        self.grammar = grammar
        random = RandomProgram.SplitMix(state: seed)
        budget = size
        write(rule: "program")
    }

    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    private mutating func pick(_ words: [String]) -> String { words[below(words.count)] }

    // MARK: Rules

    private mutating func write(rule name: String) {
        used.insert(name)
        budget -= 1
        defer { budget += 1 }
        switch name {
        case "range":
            // Open ends stand only in an index.
            write(rule: "sum")
            if chance(8) {
                put(pick(["..", "..="]))
                write(rule: "sum")
            }
        case "index" where chance(35):
            let start = chance(50), end = chance(60)
            if start { write(rule: "sum") }
            put(pick(["..", "..="]))
            if end { write(rule: "sum") }
        case "record":
            // Positional or named, not both; without anything only as the parameters of a lambda.
            let isNamed = chance(40)
            group("(", ")", 1 + below(3), trailing: isNamed) { writer in
                if isNamed {
                    writer.put(writer.word())
                    writer.put(":")
                }
                writer.write(rule: "expr")
            }
        case "expr" where chance(6):
            // Parameters of a lambda are names, or records of them.
            if chance(50) { put(self.name()) } else { lambdaParameters() }
            put("=>")
            chance(40) ? write(rule: "block") : write(rule: "expr")
        case "expr": write(rule: "or")
        case "args":
            // What has a name stands after what has none.
            let positional = below(3), named = positional == 0 ? 1 + below(2) : below(2)
            for position in 0..<(positional + named) {
                if position > 0 { put(",") }
                if position >= positional {
                    put(word())
                    put(":")
                } else if chance(10) {
                    put("...")
                }
                write(rule: "expr")
            }
        case "assign" where chance(40):
            // A target is a name, a member or an element.
            put(self.name())
            for _ in 0..<below(2) {
                if chance(50) {
                    put(".")
                    put(word())
                } else {
                    isSameLine = true
                    group("[", "]", 1) { $0.write(rule: "sum") }
                }
            }
            isSameLine = true
            put(pick(["=", "+=", "-=", "*=", "/="]))
            write(rule: "expr")
        case "assign": write(rule: "expr")
        case "params":
            // The one that takes the rest is the last.
            let count = below(3), takesRest = chance(20)
            group("(", ")", count + (takesRest ? 1 : 0)) { writer in
                if takesRest, writer.groupPosition == count { writer.put("...") }
                writer.put(writer.uniqueName())
                if takesRest, writer.groupPosition == count { return }
                if writer.chance(30) {
                    writer.put(":")
                    writer.write(rule: "shape")
                }
                if writer.chance(30) {
                    writer.put("=")
                    writer.write(rule: "expr")
                }
            }
        case "train":
            // Led by a name or a parenthesis; with clauses, so that no block behind it can be taken for them.
            put("train")
            isSameLine = true
            put(pick(["Net", "model"]))
            isSameLine = true
            group("(", ")", below(2)) { $0.write(rule: "expr") }
            put("on")
            put("Data")
            clauses(["loss", "optimizer", "epochs", "metrics", "seed", "quiet"], isDataset: false)
        case "clauses": clauses(["source", "input", "target", "split", "batch", "seed", "limit"], isDataset: true)
        case "unary" where chance(12):
            put("-")
            // At the start of a line a space after it would be an error.
            isGlued = true
            write(rule: "power")
        case "unary": write(rule: "power")
        default: if let element = grammar.rules[name] { write(element) }
        }
    }

    private mutating func write(_ element: GrammarRules.Element) {
        switch element {
        case .literal(let text): put(text)
        case .sameLine: isSameLine = true
        case .name("NL"): newline()
        case .name(let name) where name.first?.isUppercase == true: put(token(name))
        case .name(let name): write(rule: name)
        case .sequence(let parts): for part in parts { write(part) }
        case .optional(let inner): if chance(40), grammar.depth(inner) < budget { write(inner) }
        case .many(.name("NL")): if chance(40) { newline() }
        case .many(let inner): for _ in 0..<3 where chance(30) && grammar.depth(inner) < budget { write(inner) }
        case .choice(let parts):
            let affordable = parts.filter { grammar.depth($0) < budget }
            let least = parts.map { grammar.depth($0) }.min() ?? 0
            let possible = affordable.isEmpty ? parts.filter { grammar.depth($0) == least } : affordable
            write(possible[below(possible.count)])
        }
    }

    // MARK: Parts that words describe

    private mutating func clauses(_ words: [String], isDataset: Bool) {
        // A clause stands once.
        var rest = words.shuffled(using: &random)[...]
        put("{")
        newline(always: true)
        for _ in 0..<below(4) {
            switch below(8) {
            case 0 where isDataset:
                put("field")
                put(uniqueName())
                put("=")
                write(rule: "expr")
            case 0 where rest.contains("quiet"):
                rest.removeAll { $0 == "quiet" }
                put("quiet")
            default:
                guard let word = rest.popFirst() else { break }
                put(word)
                if word != "quiet" {
                    isSameLine = true
                    write(rule: "arg")
                    if chance(20) {
                        put(",")
                        write(rule: "arg")
                    }
                }
            }
            newline(always: true)
        }
        put("}")
    }

    private mutating func lambdaParameters() {
        group("(", ")", below(3), trailing: false) { writer in
            if writer.chance(20) {
                writer.group("(", ")", 2, trailing: false) { $0.put($0.uniqueName()) }
            } else {
                writer.put(writer.uniqueName())
                guard writer.chance(15) else { return }
                writer.put(":")
                writer.write(rule: "expr")
            }
        }
    }

    /// The position of the item that a group is at.
    private var groupPosition = 0

    private mutating func group(_ open: String, _ close: String, _ count: Int, trailing: Bool = true, _ item: (inout GrammarProgram) -> Void) {
        put(open)
        for index in 0..<count {
            if index > 0 { put(",") }
            groupPosition = index
            item(&self)
        }
        if trailing, count > 0, chance(10) { put(",") }
        put(close)
    }

    // MARK: Tokens

    private var names = 0

    private mutating func name() -> String { pick(["a", "b", "xs", "model", "naïve", "_x", "Dense", "rate", "epoch", "über"]) }

    /// A name that nothing else has: parameters and the like differ from each other.
    private mutating func uniqueName() -> String {
        names += 1
        return "n\(names)"
    }

    /// What may stand after `.` and before `:`.
    private mutating func word() -> String { pick(["a", "weight", "if", "in", "train", "loss", "not", "x"]) }

    private mutating func token(_ kind: String) -> String {
        switch kind {
        case "NAME": ["n", "("].contains(last) ? uniqueName() : name()
        case "WORD": word()
        case "DIGITS": pick(["0", "1", "12"])
        case "NUMBER": pick(["1", "2.5", "1_000", "0xff", "1e-3", "0"])
        case "TEXT": pick(["\"s\"", "\"a b\""])
        case "UNIT": pick(["steps", "epochs", "seconds"])
        default: pick(["\"s\"", "\"\"", "\"a \\(b + \"c\") d\"", "\"\"\"\n  block\n  \"\"\"", "\"\\n\\\"\""])
        }
    }

    // MARK: Layout

    private static let expectMore: Set<String> = [
        "+", "-", "*", "/", "//", "%", "@", "**", "==", "!=", "<", "<=", ">", ">=", "=", "=>", "->", "|>", ",", ":", "and", "or", "in", "not", "+=",
        "-=", "*=", "/=", "..", "..=",
    ]

    private mutating func newline(always: Bool = false) {
        switch below(6) {
        case 0 where !always: text += ";"
        case 1: text += "  # trailing\n"
        case 2: text += "\n\n\n# above\n  "
        case 3 where !always: text += " ;\n"
        default: text += "\n" + String(repeating: " ", count: below(4))
        }
        last = ";"
    }

    private mutating func put(_ token: String) {
        let opens = ["(", "[", "{"].contains(token), closes = [")", "]", "}"].contains(token)
        // The brace that ends a block stands where its newlines count.
        let counts = blocks.last ?? true
        let mayBreak = !isSameLine && !isGlued && (!counts || Self.expectMore.contains(last))
        if !isGlued { space(before: token, mayBreak: mayBreak) }
        isGlued = false
        isSameLine = false
        text += token
        // After `.` and before `:` a word is a name, after which newlines count.
        last = last == "." && token.first?.isLetter == true ? "name" : token
        if opens { blocks.append(token == "{") }
        if closes { blocks.removeLast() }
    }

    private mutating func space(before token: String, mayBreak: Bool) {
        func isWordy(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "\"" } ?? false }
        let joins = isWordy(last.last) && isWordy(token.first)
        let isPlain = "([{,:;".contains(last) || "()[]{,:;".contains(token)
        // `1 .0` is a member, `1.0` a number.
        let splitsNumber = last.first?.isNumber == true && token.hasPrefix(".")
        switch below(12) {
        case 0 where mayBreak: text += "\n" + String(repeating: " ", count: below(5))
        case 1 where mayBreak: text += " # c\(below(9))\n\n"
        case 2: text += String(repeating: " ", count: 1 + below(3))
        default: if joins || !isPlain || splitsNumber || chance(50) { text += " " }
        }
    }
}

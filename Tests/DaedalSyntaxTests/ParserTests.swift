import DaedalSyntax
import Testing

@Suite struct ParserTests {
    /// Two texts that mean the same: layout, grouping by precedence, continuation lines. Groups are taken away before comparing.
    @Test(arguments: [
        ("a or b and not c == d", "a or (b and (not (c == d)))"),
        ("a |> b -> c..d", "a |> (b -> (c..d))"),
        ("1 + 2 * 3 - 4", "(1 + (2 * 3)) - 4"),
        ("-7 // 2", "(-7) // 2"),
        ("-2 ** 2", "-(2 ** 2)"),
        ("2 ** -1 ** x", "2 ** (-(1 ** x))"),
        ("2 ** 3 ** 4", "2 ** (3 ** 4)"),
        ("a @ b % c", "(a @ b) % c"),
        ("a -> b -> c", "(a -> b) -> c"),
        ("0..n - 1", "0..(n - 1)"),
        ("not a in b", "not (a in b)"),
        ("not not a", "not (not a)"),
        ("- -a", "-(-a)"),
        ("f(x).y[0](z)", "((f(x).y)[0])(z)"),
        ("x => y => x + y", "x => (y => (x + y))"),
        ("a\n  + b\n  * c", "a + b * c"),
        ("a +\n\n  b", "a + b"),
        ("a\n# between\n  |> f\n  .g", "a |> f.g"),
        ("xs\n  .map(f)\n  .sum()", "xs.map(f).sum()"),
        ("a\n  in b", "a in b"),
        ("a\n  not in b", "a not in b"),
        ("f(\n  a\n  - b,\n)", "f(a - b)"),
        ("if a { b }\nelse if c { d }\n\nelse { e }", "if a { b } else if c { d } else { e }"),
        ("let x =\n  3", "let x = 3"),
        ("let x = 3,\n y = 4", "let x = 3, y = 4"),
        ("a; b;; c", "a\nb\nc"),
        ("fn f(x) -> [n] = x", "fn f(x)\n  -> [n] =\n x"),
        ("1_000 + 0xff", "1000 + 255"),
        ("train.on.over", "train.on.over"),
        ("let s = \"a\\u{62}\"", "let s = \"ab\""),
        ("500 step", "500 steps"),
        ("let train = 1; train + network", "let train = 1\ntrain + network"),
    ])
    func equalTrees(_ left: String, _ right: String) {
        func ungrouped(_ text: String) -> String {
            // A group is a line of its own with its value below it: dropping the line and one level keeps the shape.
            var groups: [Int] = []
            return tree(text).split(separator: "\n").compactMap { line in
                let level = line.prefix { $0 == " " }.count
                groups.removeAll { $0 >= level }
                let shift = groups.count * 2
                if line.dropFirst(level) == "group" {
                    groups.append(level)
                    return nil
                }
                return String(line.dropFirst(shift))
            }.joined(separator: "\n")
        }
        #expect(ungrouped(left) == ungrouped(right))
    }

    @Test(arguments: [
        ("-1", "unary -\n  integer 1\n"),
        ("(a)", "group\n  name a\n"),
        ("(a,)", "record\n  name a\n"),
        ("(a: 1)", "record\n  a:\n    integer 1\n"),
        ("(...a)", "record\n  ...\n    name a\n"),
        ("[]", "list\n"),
        ("[:]", "dictionary\n"),
        ("[a: 1, \"b\": 2]", "dictionary\n  entry\n    name a\n    integer 1\n  entry\n    string \"b\"\n    integer 2\n"),
        ("a < b <= c not in d", "comparison < <= not in\n  name a\n  name b\n  name c\n  name d\n"),
        (
            "x[.., 1..=2, ..-1, new, ..., i]",
            "index\n  name x\n  range ..\n  range ..=\n    from\n      integer 1\n    to\n      integer 2\n  range ..\n    to\n      unary -\n        integer 1\n  new\n  ...\n  name i\n"
        ),
        ("3 epochs", "quantity epochs\n  integer 3\n"),
        ("f(if: 1, ...xs)", "call\n  name f\n  if:\n    integer 1\n  ...\n    name xs\n"),
        ("\"a \\(b) c\"", "string\n  text \"a \"\n  name b\n  text \" c\"\n"),
        ("\"\"", "string \"\"\n"),
        ("x.0.if", "member if\n  member 0\n    name x\n"),
        ("let (a, (_, b)) = c", "let\n  (a, (_, b))\n    name c\n"),
        ("var a = 1, b = 2", "var\n  a\n    integer 1\n  b\n    integer 2\n"),
        ("a.b[0] += 1", "assign +=\n  index\n    member b\n      name a\n    integer 0\n  integer 1\n"),
        ("return", "return\n"),
        ("import text\nimport \"a.dl\" as b", "import text\nimport \"a.dl\" as b\n"),
        ("test \"x\" { a }", "test \"x\"\n  block\n    name a\n"),
        ("(x, y: 2, ...r) => x", "lambda\n  parameter x\n  parameter y\n    default\n      integer 2\n  parameter ...r\n  name x\n"),
        ("() => 1", "lambda\n  integer 1\n"),
        ("-9223372036854775808", "integer -9223372036854775808\n"),
        ("train(x)", "call\n  name train\n  name x\n"),
        ("train (a -> b) on d", "train\n  group\n    binary ->\n      name a\n      name b\n  name d\n"),
        ("minimize over (a, b) with o { l }", "minimize\n  over\n    record\n      name a\n      name b\n    name o\n  block\n    name l\n"),
        (
            "fn f(q: [..., t, 2 * d], s: (x: [n]) = 1) -> [...s] { }",
            "fn f\n  parameter q\n    shape\n      rest\n      name t\n      binary *\n        integer 2\n        name d\n  parameter s\n    shapes\n      x\n        shape\n          name n\n    default\n      integer 1\n  result\n    shape\n      rest\n        name s\n  block\n"
        ),
    ])
    func trees(_ text: String, _ expected: String) { #expect(tree(text) == expected) }

    @Test func networksAndDatasets() {
        let text = """
            ## A layer.
            ##
            ## Second line.
            network A(n, wide = true) {
              input [1, 28], [3]
              param w: [n] = zeros if wide, b = 1
              state s = 0
              let norm = BatchNorm
              forward(x: [..., f]) -> [..., n] { x }
              fn g(x) = x
              for i in 0..3 { Dense(i) }
            }
            """
        #expect(
            tree(text) == """
                network A
                  documentation "A layer.\\n\\nSecond line."
                  parameter n
                  parameter wide
                    default
                      true
                  block
                    input
                      shape
                        integer 1
                        integer 28
                      shape
                        integer 3
                    param
                      w
                        shape
                          name n
                        name zeros
                        if
                          name wide
                      b
                        integer 1
                    state
                      s
                        integer 0
                    let
                      norm
                        name BatchNorm
                    method forward
                      parameter x
                        shape
                          rest
                          name f
                      result
                        shape
                          rest
                          name n
                      block
                        name x
                    fn g
                      parameter x
                      name x
                    for i
                      range ..
                        from
                          integer 0
                        to
                          integer 3
                      block
                        call
                          name Dense
                          name i

                """)
        #expect(
            tree("dataset D(k = 1) { source train: a, test: b; shuffle\n field z = r => r\n target input }") == """
                dataset D
                  parameter k
                    default
                      integer 1
                  clause source
                    train:
                      name a
                    test:
                      name b
                  clause shuffle
                  clause field
                    field z
                      lambda
                        parameter r
                        name r
                  clause target
                    name input

                """)
    }

    @Test func documentationStandsRightAbove() {
        func documentation(_ text: String) -> String? {
            guard case .function(let function)? = parse(text).statements.last?.kind else { return "no function" }
            return function.documentation
        }
        #expect(documentation("## a\nfn f() = 1") == "a")
        #expect(documentation("## a\n\nfn f() = 1") == nil)
        #expect(documentation("# a\nfn f() = 1") == nil)
        #expect(documentation("let x = 1 ## a\nfn f() = 1") == nil)
        #expect(documentation("##a\n##  b\n  fn f() = 1") == "a\n b")
    }

    /// What the grammar accepts and rejects.
    @Test(arguments: [
        "a\n-b", "(a\n- b)", "a +\n- b", "train\nx", "network\nA", "x = if a { b } else { c }", "f(a,)", "[a,]", "x[a,]", "let test = 1",
        "test\n\"a\"", "minimize(over)", "param\nx", "step(1)", "f\n(x)", "if a\n{ b }", "fn f()\n{ }", "x.\ny", "5\nsteps", "a;-b", "- b",
        "x not\nin y",
        "for (i, (x, _)) in xs { continue; break }", "let r = train A() on D", "train A() on D { each step (s) { }; step (x, y) { } }",
    ])
    func accepted(_ text: String) { #expect(codes(text) == []) }

    @Test(arguments: [
        ("a\n- b", ["E015"]), ("while a { }\n- b", ["E015"]), ("a b", ["E012"]), ("let a", ["E011"]), ("f(", ["E013"]), (")", ["E014"]),
        ("x = ", ["E010"]),
        ("a == not b", ["E010"]), ("a..b..c", ["E011"]), ("x[]", ["E010"]), ("()", ["E028"]), ("\"\\()\"", ["E028"]), ("let () = x", ["E028"]),
        ("x[new + 1]", ["E011"]), ("f(1..)", ["E019"]), ("[..]", ["E019"]), ("1 = 2", ["E017"]), ("a = b = c", ["E018"]), ("f(a = 1)", ["E018"]),
        ("[1, 2: 3]", ["E022"]), ("(1, a: 2)", ["E021"]), ("let if = 1", ["E016"]), ("train a { }", ["E011"]), ("minimize over a { }", ["E011"]),
        ("dataset A { los 1 }", ["E023"]), ("train a on b { seed 1; seed 2 }", ["E024"]), ("network A { param a }", ["E011"]), ("else { }", ["E025"]),
        ("\"a", ["E002"]), ("test \"\\(a)\" { }", ["E031"]), ("a $ b", ["E001"]), ("a & b", ["E008"]), ("0x_", ["E004"]),
        ("x => 1 + y => 2", ["E020"]),
    ])
    func rejected(_ text: String, _ expected: [String]) { #expect(codes(text) == expected) }
}

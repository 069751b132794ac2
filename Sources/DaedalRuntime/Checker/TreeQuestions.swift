import DaedalSyntax

/// The variables that a block assigns, however deep.
enum AssignedNames {
    static func collect(_ block: Block, into names: inout Set<String>) {
        var found: Set<String> = []
        block.walk { node in
            if case .statement(let statement) = node, case .assignment(let target, _, _) = statement.kind {
                var base = target
                while true {
                    switch base.kind {
                    case .index(let inner, _), .member(let inner, _): base = inner
                    case .name(let name):
                        found.insert(name)
                        return true
                    default: return true
                    }
                }
            }
            return true
        }
        names.formUnion(found)
    }
}

/// Whether a block holds a `minimize` or `train`.
enum LearningFinder {
    static func contains(_ block: Block) -> Bool {
        var found = false
        block.walk { node in
            if case .expression(let expression) = node {
                switch expression.kind {
                case .minimize, .train: found = true
                default: break
                }
            }
            return !found
        }
        return found
    }
}

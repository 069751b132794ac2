// Stands in for rooms that are still being built; whoever lands one of these removes it here.
import DaedalSyntax
import DaedalTensor

extension Resolver { static func check(_ p: Program, session: Session) -> [Diagnostic] { [] } }

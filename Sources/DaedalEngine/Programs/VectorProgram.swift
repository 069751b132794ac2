import CKernels

/// A vector program in the making: what `ck_vprogram` says, with buffers in place of addresses.
struct VectorProgram {
    var rows = 1, inner = 1, groupRows = 1
    var blockRows = 1, blockInner = 1
    var tileRows = 1, tileInner = 1
    var rowTiles = 1, innerTiles = 1
    /// Extents whose product is `rows`, outermost first.
    var outer: [Int] = []
    var registers: [ck_vregister] = []
    var instructions: [ck_vinstruction] = []
    var scalars: [ck_vscalar] = []
    var scratchBytes = 0
    /// By register: the last instruction that reads it (-1 if none does) and the first that writes it (`.max` if none does).
    var lastReads: [Int] = []
    var firstWrites: [Int] = []

    /// The number of tiles.
    var tiles: Int { groupRows == 0 ? 0 : rows / groupRows * rowTiles * innerTiles }
}

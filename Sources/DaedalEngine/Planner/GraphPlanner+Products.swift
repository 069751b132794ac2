import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for matrix products.
extension GraphPlanner {
    /// A matrix operand: where it is and its strides along rows, columns and the batch.
    private struct MatrixView {
        var place: Place
        var row: Int, column: Int, batch: Int
    }

    /// A product's operand as strides, copied only where the batch has no single stride.
    private func matrix(_ id: NodeID, isTransposed: Bool) throws(AllocationFailure) -> MatrixView {
        let (root, view) = views[id]
        let rank = view.extents.count
        let runs = StridedView(offset: 0, extents: Array(view.extents.dropLast(2)), strides: Array(view.strides.dropLast(2))).runs
        func result(_ place: Place, _ strides: [Int], batch: Int) -> MatrixView {
            let (row, column) = isTransposed ? (strides[rank - 1], strides[rank - 2]) : (strides[rank - 2], strides[rank - 1])
            return MatrixView(place: place, row: row, column: column, batch: batch)
        }
        // A stride of 0 (an expanded axis) would be read over and over; the kernels want real strides.
        let isPlain = view.extents.indices.suffix(2).allSatisfy { view.extents[$0] == 1 || view.strides[$0] > 0 }
        if runs.count <= 1, isPlain, runs.first.map({ $0.stride >= 0 }) ?? true {
            let base = try place(root)
            let place = Place(buffer: base.buffer, offset: base.offset + view.offset * graph[id].type.byteCount)
            return result(place, view.strides, batch: runs.first?.stride ?? 0)
        }
        let shape = view.extents
        return result(try dense(id), StridedView.denseStrides(shape), batch: rank > 2 ? shape[rank - 2] * shape[rank - 1] : 0)
    }

    /// Appends a product with what its last store does.
    func appendProduct(_ tail: StoreTail) throws(AllocationFailure) {
        let id = tail.nodes[0], last = tail.nodes[tail.nodes.count - 1]
        guard case .product(let transposesLeft, let transposesRight) = graph.attributes(of: id) else { preconditionFailure("no product") }
        let node = graph[id], shape = node.shape.counts, rank = shape.count
        let left = graph.operand(0, of: id), right = graph.operand(1, of: id)
        let inner = graph[left].shape.counts[transposesLeft ? rank - 2 : rank - 1]
        let a = try matrix(left, isTransposed: transposesLeft), b = try matrix(right, isTransposed: transposesRight)
        var arguments = ck_product_args()
        arguments.m = Int64(shape[rank - 2])
        arguments.n = Int64(shape[rank - 1])
        arguments.k = Int64(inner)
        arguments.batch = Int64(shape[..<(rank - 2)].reduce(1, *))
        arguments.a_row = Int64(a.row)
        arguments.a_column = Int64(a.column)
        arguments.a_batch = Int64(a.batch)
        arguments.b_row = Int64(b.row)
        arguments.b_column = Int64(b.column)
        arguments.b_batch = Int64(b.batch)
        arguments.c_row = arguments.n
        arguments.c_batch = arguments.m * arguments.n
        arguments.type = node.type.rawValue
        arguments.relu = tail.hasRelu
        arguments.bias_per_row = tail.biasIsPerRow
        arguments.is_alone = assembly.isInShare
        var reads = [field(\ck_product_args.a, a.place)]
        var panels = packed[id]
        if panels == nil { panels = lastingPanels(right, arguments, b.place) ?? sharedPanels(right, arguments, b.place) }
        arguments.is_packed = panels != nil
        if let panels {
            reads.append(field(\ck_product_args.packed, panels))
        } else {
            reads.append(field(\ck_product_args.b, b.place))
        }
        reads += try fields(of: tail, bias: \ck_product_args.bias, residual: \ck_product_args.residual)
        appendKernel(
            last, arguments, ck_product_tiles, ck_product_run, reads: reads, writes: [field(\ck_product_args.c, try place(last))],
            operations: 2 * Double(shape.reduce(1, *)) * Double(inner), name: name(of: tail), operands: operands(of: tail))
    }

    /// What a step with a tail is called, nil where it is one node.
    func name(of tail: StoreTail) -> String? {
        tail.nodes.count == 1 ? nil : tail.nodes.map { graph[$0].primitive.name }.joined(separator: "+")
    }

    /// What a step with a tail reads.
    func operands(of tail: StoreTail) -> [NodeID] {
        tail.nodes.flatMap { graph.operands(of: $0) }.filter { !tail.nodes.contains(views.root($0)) }
    }

    /// What a tail reads, as fields of a kernel's arguments. Precondition: a field for each part that the tail has.
    func fields<Arguments>(
        of tail: StoreTail, scale: KeyPath<Arguments, UnsafePointer<Float>?>? = nil, bias: KeyPath<Arguments, UnsafePointer<Float>?>,
        residual: KeyPath<Arguments, UnsafePointer<Float>?>? = nil
    ) throws(AllocationFailure) -> [PlanAssembly.PointerField] {
        var result: [PlanAssembly.PointerField] = []
        for (node, path) in [(tail.scale, scale), (tail.bias, bias), (tail.residual, residual)] {
            guard let node else { continue }
            guard let path else { preconditionFailure("a tail that the kernel cannot compute") }
            result.append(field(path, try start(of: node)))
        }
        return result
    }

    /// Panels are a second copy of a matrix: not beyond 64 MB.
    private static let panelsMost: Int64 = 16 << 20

    /// The panels of a right operand, made once for each tensor: where a few rows meet a matrix that stays the same from run to run, reading it is the
    /// work, and panels are read from end to end whatever its orientation.
    private func lastingPanels(_ id: NodeID, _ product: ck_product_args, _ matrix: Place) -> Place? {
        let root = views.root(id)
        guard product.type == ElementType.f32.rawValue, product.m > 0, product.m <= 8, product.batch == 1, product.k > 0, product.n > 0,
            product.k * product.n <= Self.panelsMost,
            graph[root].primitive == .input, case .input(let position) = graph.attributes(of: root), assembly.keepsSteps(for: position)
        else { return nil }
        let panels = appendPack(PackedMatrix(root, matrix, product), origin: graph[id].origin, signature: signature(id))
        assembly.keepLastStep(for: position)
        return panels
    }

    /// The panels of a right operand, made once for all tiles of a product and for all products that read it so, where that costs less than packing it
    /// tile by tile.
    private func sharedPanels(_ id: NodeID, _ product: ck_product_args, _ matrix: Place) -> Place? {
        var product = product
        // A loop's body has its threads divided by rows; each packs for itself.
        guard assembly.openScope < 0, product.k * product.n <= Self.panelsMost else { return nil }
        let key = PackedMatrix(views.root(id), matrix, product)
        if let known = sharedPanels[key] { return known }
        guard ck_product_shares_panels(&product) else { return nil }
        let panels = appendPack(key, origin: graph[id].origin, signature: signature(id))
        sharedPanels[key] = panels
        return panels
    }

    /// Appends the step that packs a matrix.
    func appendPack(_ matrix: PackedMatrix, origin: UInt32, signature: String) -> Place {
        let arguments = matrix.arguments
        let panels = Place(buffer: assembly.makeBuffer(Int(ck_product_packed_count(arguments.k, arguments.n)) * 4), offset: 0)
        assembly.appendKernel(
            "pack", arguments, tiles: ck_product_pack_tiles, run: ck_product_pack_run, reads: [field(\ck_product_pack_args.b, matrix.place)],
            writes: [field(\ck_product_pack_args.target, panels)], origin: origin, signature: signature, operations: 0,
            bytes: 8 * Double(arguments.k * arguments.n))
        return panels
    }

    /// Where the first element of a view is.
    func start(of id: NodeID) throws(AllocationFailure) -> Place {
        let (root, view) = views[id]
        let base = try place(root)
        return Place(buffer: base.buffer, offset: base.offset + view.offset * graph[id].type.byteCount)
    }
}

/// A right operand of products, k × n, as its panels are made of it.
struct PackedMatrix: Hashable {
    /// The value that it is part of: another one may come to lie in the same place.
    private let root: NodeID
    let place: GraphPlanner.Place
    private let k: Int64, n: Int64, row: Int64, column: Int64

    init(_ root: NodeID, _ place: GraphPlanner.Place, _ product: ck_product_args) {
        self.init(root, place, k: product.k, n: product.n, row: product.b_row, column: product.b_column)
    }

    init(_ root: NodeID, _ place: GraphPlanner.Place, k: Int64, n: Int64, row: Int64, column: Int64) {
        (self.root, self.place, self.k, self.n, self.row, self.column) = (root, place, k, n, row, column)
    }

    /// The arguments of the kernel that packs it; pointers are not set.
    var arguments: ck_product_pack_args {
        var result = ck_product_pack_args()
        (result.k, result.n, result.b_row, result.b_column) = (k, n, row, column)
        return result
    }
}

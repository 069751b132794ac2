import CKernels

/// The turns of loops.
extension Execution {
    /// What a thread needs to run a chunk of a loop.
    private struct Job {
        let execution: Unmanaged<Execution>
        let loop: Int
    }

    /// Runs all turns of a chunk: for every turn the variables get their addresses, then the body runs.
    @inline(__always) func turns<Failure: Error>(
        of loop: LoopCode, _ chunk: PlanAssembly.LoopPlan.Chunk, _ body: (PlanAssembly.LoopPlan.Chunk) throws(Failure) -> Void
    ) throws(Failure) {
        let length = loop.plan.length
        for turn in 0..<length {
            let index = loop.plan.isReversed ? length - 1 - turn : turn
            for carry in chunk.carries {
                if turn == 0 {
                    if let start = table[carry.start] { bind(carry.input, start + carry.startOffset) }
                } else if let last = table[carry.output] {
                    bind(carry.input, last)
                }
            }
            for carry in chunk.carries {
                if turn == length - 1 {
                    if let target = table[carry.final] { bind(carry.output, target + carry.finalOffset) }
                } else if let target = table[turn % 2 == 0 ? carry.even : carry.odd] {
                    bind(carry.output, target)
                }
            }
            for stream in chunk.sequences {
                if let base = table[stream.base] { bind(stream.variable, base + stream.baseOffset + index * stream.stride) }
            }
            for stream in chunk.stacks {
                if let base = table[stream.base] { bind(stream.variable, base + stream.baseOffset + index * stream.stride) }
            }
            try body(chunk)
        }
    }

    /// Runs the chunks of a loop on the pool. Nothing in them can fail: see `RowSplit`.
    func runChunks(_ loop: Int, _ count: Int) {
        let job = Job(execution: .passUnretained(self), loop: loop)
        withUnsafePointer(to: job) { pointer in
            ck_pool_run(
                pool, Int64(count),
                { arguments, tile in
                    guard let job = arguments?.assumingMemoryBound(to: Job.self).pointee else { return }
                    job.execution._withUnsafeGuaranteedRef { $0.runChunk(job.loop, Int(tile)) }
                }, pointer)
        }
    }

    private func runChunk(_ number: Int, _ tile: Int) {
        let loop = loops[number]
        turns(of: loop, loop.plan.chunks[tile]) { chunk in
            for position in chunk.start..<chunk.end {
                let step = steps[position]
                let block = UnsafeRawPointer(arguments + step.argument)
                for tile in 0..<step.tiles { step.run(block, Int64(tile)) }
            }
        }
    }
}

import Daedal
import Foundation

let dl = Interpreter()
dl["steps"] = 500
dl.define("report") { (step: Int, loss: Double) in print("step \(step): loss \(loss)") }
try dl.run(contentsOf: URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? "gate.dl"))
let model: Model = try dl["model"]
let answers: Tensor<Float> = try model(Tensor<Float>([0, 0, 0, 1, 1, 0, 1, 1], shape: [4, 2]))
print("xor: \(answers.scalars.map { $0 > 0 })")

// swift-tools-version: 6.1
// Daedal: a small declarative language for deep learning. Targets stand in layer order; Tests/HouseTests reads the doors.
import PackageDescription

let package = Package(
    name: "Daedal",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Daedal", targets: ["Daedal"]),
        .executable(name: "dl", targets: ["dl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // The floor: nothing below.
        .target(name: "DaedalTensor"),
        .target(name: "DaedalSyntax"),

        // The tensor half.
        .target(name: "DaedalGraph", dependencies: ["DaedalTensor"]),
        .target(name: "CKernels"),
        .target(name: "COpenBLAS"),
        .target(name: "DaedalEngine", dependencies: ["DaedalTensor", "DaedalGraph", "CKernels", "COpenBLAS"]),

        // Files and batches.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CFormats"),
        .target(name: "DaedalData", dependencies: ["DaedalTensor", "CZlib", "CFormats"]),

        // The library written in `.dl`, as bytes, and the room where both halves meet.
        .target(name: "CStdlib"),
        .target(
            name: "DaedalRuntime",
            dependencies: ["DaedalTensor", "DaedalSyntax", "DaedalGraph", "DaedalEngine", "DaedalData", "CStdlib"]),

        // The only public face, and the command.
        .target(name: "Daedal", dependencies: ["DaedalTensor", "DaedalSyntax", "DaedalGraph", "DaedalEngine", "DaedalData", "DaedalRuntime"]),
        .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"]), .brew(["readline"])]),
        .executableTarget(
            name: "dl",
            dependencies: ["Daedal", "CReadline", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        // The cases on which reference, gradients and kernels are held together.
        .target(name: "DaedalTestCases", dependencies: ["DaedalTensor", "DaedalGraph"], path: "Tests/DaedalTestCases"),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "COpenBLAS", "DaedalTensor", "DaedalGraph", "DaedalTestCases"]),
        .testTarget(name: "DaedalGraphTests", dependencies: ["DaedalTensor", "DaedalGraph", "DaedalTestCases"]),
        .testTarget(name: "DaedalSyntaxTests", dependencies: ["DaedalSyntax"]),
        .testTarget(
            name: "DaedalEngineTests", dependencies: ["DaedalTensor", "DaedalGraph", "DaedalEngine", "CKernels", "DaedalTestCases"]),
        .testTarget(
            name: "DaedalRuntimeTests",
            dependencies: ["DaedalTensor", "DaedalSyntax", "DaedalGraph", "DaedalEngine", "DaedalData", "DaedalRuntime"]),
        .testTarget(name: "DaedalDataTests", dependencies: ["DaedalData", "DaedalTensor", "CZlib"]),
        .testTarget(name: "DaedalTests", dependencies: ["Daedal"]),
        .testTarget(name: "HouseTests"),
        .testTarget(name: "ScriptTests", dependencies: ["dl"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)

// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// A library room of the house; `Sources/anneal/anneal.docc/Architecture.md` shows which may import which.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of one room, beside the helpers that all tests share.
func tests(of name: String, with dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "TestSupport", "Files"] + dependencies,
    swiftSettings: settings)
}

/// The commit that is built, for `anneal --version`, as the Makefile exports it.
///
/// Not `Context.gitInformation`: SwiftPM keeps what a manifest once gave, and would go on naming an old commit. The
/// environment is part of what it goes by.
let commit = Context.environment["ANNEAL_COMMIT"] ?? ""

let package = Package(
  name: "anneal",
  products: [
    .library(name: "Tokenization", targets: ["Tokenization"]),
    .library(name: "BERT", targets: ["BERT", "Tensors"]),
    .library(name: "Sentences", targets: ["Sentences"]),
    .library(name: "GLUE", targets: ["GLUE"]),
    .library(
      name: "Distillation", targets: ["Reporting", "Runs", "Augmentation", "Distillation", "Training"]),
    .executable(name: "anneal", targets: ["anneal"]),
  ],
  traits: [
    .trait(
      name: "MPI", description: "Training over the ranks of mpirun; needs Open MPI's headers and library.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CUtf8proc", providers: [.apt(["libutf8proc-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CKernels"),
    .target(name: "CBuildInfo", cSettings: [.define("ANNEAL_COMMIT", to: "\"\(commit)\"")]),

    room("Files", ["CZlib"]),
    room("Ranks", [.target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
    room("Tokenization", ["CKernels", "CUtf8proc", "Files"]),
    room("Tensors", ["COpenBLAS", "CKernels"]),
    room("BERT", ["Tensors", "Files"]),
    room("Sentences", ["BERT", "Tokenization", "Tensors", "Files"]),
    room("GLUE", ["Files"]),
    room("Training", ["Ranks", "Sentences", "BERT", "GLUE", "Tokenization", "Tensors", "Files"]),
    room("Distillation", ["Training", "Ranks", "BERT", "GLUE", "Tokenization", "Tensors", "Files"]),
    room("Augmentation", ["Training", "BERT", "GLUE", "Tokenization", "Tensors", "Files"]),
    room(
      "Runs",
      [
        "Distillation", "Augmentation", "Training", "Sentences", "Ranks", "BERT", "GLUE", "Tokenization",
        "Tensors", "Files",
        .product(name: "Yams", package: "Yams"),
      ]),
    room("Reporting", ["Runs", "Training", "GLUE", "Files"]),
    .executableTarget(
      name: "anneal",
      dependencies: [
        "Tokenization", "Tensors", "BERT", "GLUE", "Training", "Augmentation", "Distillation", "Runs",
        "Reporting", "Ranks", "Files", "CBuildInfo",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),
    .executableTarget(name: "TaskGenerator", dependencies: ["Files"], swiftSettings: settings),

    .target(name: "AllocationProbe", path: "Tests/AllocationProbe"),
    .target(
      name: "TestSupport", dependencies: ["AllocationProbe", "BERT", "Tensors", "Files"],
      path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"], swiftSettings: settings),
    tests(of: "Ranks", with: []),
    tests(of: "Tokenization", with: []),
    tests(of: "Tensors", with: []),
    tests(of: "BERT", with: ["Tensors"]),
    tests(of: "Sentences", with: ["BERT", "Tokenization", "GLUE", "Tensors"]),
    tests(of: "GLUE", with: ["Tokenization"]),
    tests(of: "Training", with: ["Ranks", "BERT", "GLUE", "Tensors", "Tokenization"]),
    tests(of: "Distillation", with: ["Training", "BERT", "GLUE", "Tensors", "Tokenization"]),
    tests(of: "Augmentation", with: ["Training", "BERT", "GLUE", "Tensors", "Tokenization"]),
    tests(
      of: "Runs",
      with: ["Distillation", "Augmentation", "Training", "Ranks", "BERT", "GLUE", "Tensors", "Tokenization"]),
    tests(of: "Reporting", with: ["Runs", "Training"]),
    tests(of: "TaskGenerator", with: []),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "TestSupport", "Files", "BERT", "Tensors", "Runs", "Training", "anneal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Fixtures", "Snapshots"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)

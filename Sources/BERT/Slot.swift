/// Where one parameter of a model lies in the stores of its layout.
struct Slot {
  /// Its place in `layout.entries`.
  let index: Int
  /// Its name, shape and offset.
  let entry: ParameterLayout.Entry
}

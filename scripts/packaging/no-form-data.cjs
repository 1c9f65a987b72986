// In place of the package `form-data`, which axios loads for uploads of forms. The tasks only ask with GET, and it would bring
// the table of all MIME types, a twelfth of the bundle.
module.exports = function FormData() {
  throw new Error('Forms cannot be sent: form-data is not in the bundle.')
}

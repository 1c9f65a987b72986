// How an instance id becomes a PartitionKey of Instances and History (DT Tracking/KeySanitation.cs, library 1.8.4 and
// later; earlier ones stored the raw id).

const letters = new Map([
  ['^', '^'],
  ['/', '0'],
  ['\\', '1'],
  ['#', '2'],
  ['?', '3'],
])
const originals = new Map([...letters].map(([original, letter]) => [letter, original]))
const shift = 0xc0

/** The PartitionKey of an instance id. */
export function escapeKey(instanceId: string): string {
  // eslint-disable-next-line no-control-regex -- exactly the characters that a key cannot hold
  return instanceId.replace(/[\^/\\#?\u0000-\u001f\u007f-\u009f]/g, (character) => {
    const letter = letters.get(character)
    return `^${letter ?? String.fromCharCode(shift + character.charCodeAt(0))}`
  })
}

/** The instance id of a PartitionKey. A `^` at the very end escapes nothing and stays. */
export function unescapeKey(key: string): string {
  return key.replace(/\^([^])/g, (_, letter: string) => {
    const code = letter.charCodeAt(0)
    return originals.get(letter) ?? (code < shift ? letter : String.fromCharCode(code - shift))
  })
}

// What the documents of the protocols promise of an answer, as far as a task's question rests on it.

export type Field = {
  /** Steps from the root; `*` is each item of a list. */
  readonly path: readonly string[]
  readonly type: 'text' | 'object' | 'list'
  /** False: it may be missing or null. */
  readonly required: boolean
}

export type Shape =
  | { readonly kind: 'json'; readonly root: 'object' | 'list'; readonly fields: readonly Field[]; readonly next?: Next }
  /** `elements` are those that each item must have. */
  | { readonly kind: 'xml'; readonly root: string; readonly elements: readonly string[]; readonly next?: 'marker' }
  /** Everything is in this header, and must be a whole number. */
  | { readonly kind: 'count'; readonly header: string }
  /** A small JSON text of our own or of the library, in a blob. */
  | { readonly kind: 'blob'; readonly fields: readonly Field[] }
  /** Nothing in it is promised that anybody needs. */
  | { readonly kind: 'any' }

/** Where the next page is named: in a field, or in headers. */
export type Next = { readonly kind: 'link' } | { readonly kind: 'headers'; readonly names: readonly string[] }

/** `properties.state: text`, `value: list!`, `value.*.name: text!`; a mark of exclamation is a field that must be there. */
export function fields(...lines: readonly string[]): readonly Field[] {
  return lines.map((line) => {
    const [, path = '', type = '', mark] = /^(\S+): (text|object|list)(!?)$/.exec(line) ?? []
    if (path === '') throw new Error(`no field: '${line}'`)
    return { path: path.split('.'), type: type as Field['type'], required: mark === '!' }
  })
}

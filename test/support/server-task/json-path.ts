/**
 * The JSONPath of Newtonsoft.Json, as far as the tasks use it. Sources: JamesNK/Newtonsoft.Json, Linq/JsonPath: FieldFilter
 * (`.*` yields the values of objects only), ArrayIndexFilter (`[*]` yields the items of arrays only), QueryFilter
 * (`[?(…)]` looks at the children), QueryExpression (`=~ /…/`, on strings only). Anything else is refused, not guessed.
 */
export function selectTokens(path: string, root: unknown): unknown[] {
  if (path === '$.*') return isObject(root) ? Object.values(root) : []
  if (path === '$[*]') return Array.isArray(root) ? root : []
  const query = /^\$\[\?\(@\.([A-Za-z]+) =~ \/(.+)\/\)\]$/.exec(path)
  const [, field = '', pattern = ''] = query ?? []
  if (!query) throw new Error(`The interpreter does not know the JSONPath '${path}'.`)
  const children: unknown[] = Array.isArray(root) ? root : isObject(root) ? Object.values(root) : []
  return children.filter((child) => {
    const value = isObject(child) ? child[field] : undefined
    return typeof value === 'string' && new RegExp(pattern).test(value)
  })
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { SlotFunction } from '../../function-app/functions.ts'
import { triggerOf } from '../../function-app/functions.ts'
import { fieldsOf } from '../../json.ts'

/**
 * One function in a list of ARM (FunctionEnvelope: `name` is `app/function` or `app/slot/function`), with what the host says of
 * it in `properties`. Undefined where it has no name.
 */
export function readListedFunction(json: unknown): SlotFunction | undefined {
  const root = fieldsOf(json)
  const path = root?.get('name')
  const name = typeof path === 'string' ? path.split('/').at(-1) : undefined
  return name ? functionOf(name, root?.get('properties')) : undefined
}

/** The answer of `GET /admin/functions`: a list of FunctionMetadataResponse (HOST FunctionsController.cs:50-56). */
export function readHostFunctions(json: unknown): readonly SlotFunction[] | undefined {
  if (!Array.isArray(json)) return undefined
  const functions: SlotFunction[] = []
  for (const item of json as readonly unknown[]) {
    const name = fieldsOf(item)?.get('name')
    if (typeof name !== 'string' || name === '') return undefined
    functions.push(functionOf(name, item))
  }
  return functions
}

/**
 * `isDisabled` is what the host made of its settings and of the code's attributes when it started (HOST
 * FunctionMetadataExtensions.cs:41, ScriptHost.cs:1024-1037); the bindings are those of function.json, or of the worker's index
 * (:119-169).
 */
function functionOf(name: string, details: unknown): SlotFunction {
  const fields = fieldsOf(details)
  const isDisabled = fields?.get('isdisabled')
  const bindings = fieldsOf(fields?.get('config'))?.get('bindings')
  const types = (Array.isArray(bindings) ? bindings : []).flatMap((binding: unknown) => {
    const type = fieldsOf(binding)?.get('type')
    return typeof type === 'string' ? [type] : []
  })
  const trigger = triggerOf(types)
  return {
    name,
    ...(trigger !== undefined && { trigger }),
    ...(typeof isDisabled === 'boolean' && { isDisabled }),
  }
}

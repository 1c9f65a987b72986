import { fnv1a } from './names.ts'

/** The lease id of an app: the hash of its site name, so it is the same in all its slots (DT AppLeaseManager.cs:75). */
export function appLeaseId(appName: string): string {
  return `${fnv1a(appName).toString(16).padStart(8, '0')}-0000-0000-0000-000000000000`
}

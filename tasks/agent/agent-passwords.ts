// Imported before task-lib, which as soon as it is loaded prints the passwords of the agent's proxy and client certificate in
// debug lines and writes them, enciphered, to the folder of temporary files (internal.ts _exposeProxySettings and
// _exposeCertSettings). So they are registered and taken out of the environment here.
const passwords = new Map(['Agent.ProxyPassword', 'Agent.ClientCertPassword'].map((name) => [name, take(name)]))

/** A password of the agent's own configuration, by the name of its variable. */
export function agentPassword(variable: string): string | undefined {
  return passwords.get(variable)
}

function take(name: string): string | undefined {
  const key = name.replace('.', '_').toUpperCase()
  const found = [`SECRET_${key}`, key].map((each) => {
    const value = process.env[each]
    Reflect.deleteProperty(process.env, each)
    return value
  })
  for (const value of new Set(found)) {
    if (value)
      process.stdout.write(`##vso[task.setsecret]${value.replaceAll('%', '%AZP25').replace(/\r?\n/g, '%0A')}\n`)
  }
  return found.find((value) => value)
}

// Imported before task-lib, which prints the passwords of the agent's proxy and client certificate in debug lines as soon as
// it is loaded (internal.ts _exposeProxySettings, _exposeCertSettings).
for (const name of ['AGENT_PROXYPASSWORD', 'AGENT_CLIENTCERTPASSWORD']) {
  for (const value of [process.env[name], process.env[`SECRET_${name}`]]) {
    if (value)
      process.stdout.write(`##vso[task.setsecret]${value.replaceAll('%', '%AZP25').replace(/\r?\n/g, '%0A')}\n`)
  }
}

export const masked = true

const SSH_PORT = 22

/**
 * A line of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
 * @param publicLine `ssh-ed25519 AAAA…`
 */
export function knownHostsLine(host: string, port: number, publicLine: string): string {
  return `${port === SSH_PORT ? host : `[${host}]:${port}`} ${publicLine}`
}

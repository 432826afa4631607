/**
 * Resolves at the first request to end: Ctrl-C, SIGTERM, or the death of the process that started
 * this one on another Node. A second request ends the process at once.
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = (reason: string): void => {
      if (isStopping) process.exit(130)
      isStopping = true
      resolve(reason)
    }
    process.on('SIGINT', () => stop('interrupted'))
    process.on('SIGTERM', () => stop('terminated'))
    process.on('disconnect', () => stop('the starting process ended'))
    // The channel to the starting process must not keep a finished command alive.
    process.channel?.unref()
  })
}

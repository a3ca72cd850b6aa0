/** Environment variables that single commands read, beside those of the process, and what they mean. */
export const commandVariables = {
  SENTINEL_BACKUP_PASSPHRASE:
    "Passphrase of a portable backup, for `sentinel backup --portable` and `sentinel restore` without `--passphrase-file`",
  SENTINEL_NEW_MASTER_KEY: "The new master key, 32 bytes as base64, for `sentinel rekey --to-environment`",
} as const;

"""Clients of a running facade, for the command line: they know the contract and nothing of the server.

commands                        what runs a command: errors, Ctrl-C, exit status
connection  credentials         how the facade is reached, and as whom
terminal                        questions to whoever sits there
read_users  read_records        files of users, lines of records
users  listing  sync  publish   the commands
outcomes  report  progress      what became of the items: in a file, in numbers, on the screen
plan                            what a sync is about to do, as a table
"""

"""Pictures sent by button: ``sketch`` says what is drawn, ``theme`` how it looks, ``studio`` has a child draw it."""

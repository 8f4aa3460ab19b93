"""The languages that the bot speaks: gettext catalogues, and what turns an English text into another's."""

"""Which model answers, how long a prompt it takes and what its server can do: asked of the server once, then remembered."""

from urllib.parse import urlsplit

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.vllm.client import Client, ServedModel
from understudy_knowledge.models.vllm.settings import ServerSettings
from understudy_knowledge.models.vllm.traits import Traits, look_at


class Served:
    """The model of one role."""

    def __init__(self, settings: ServerSettings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._model: ServedModel | None = None
        self._traits: Traits | None = None

    @property
    def name(self) -> str:
        """The model's id; the server's host and port as long as it is not known."""
        if self._model is not None:
            return self._model.id
        return self._settings.model or urlsplit(self._settings.base_url).netloc

    async def model(self) -> ServedModel:
        """The configured model, else the first one listed. Raises BackendError when there is none or no answer."""
        if self._model is not None:
            return self._model
        wanted = self._settings.model
        try:
            listed = await self._client.models()
        except BackendError:
            # With a configured model the list is a nicety that not every gateway has; what is really wrong shows next.
            if wanted is None:
                raise
            return ServedModel(wanted)
        found = next((model for model in listed if wanted in (None, model.id)), None)
        if found is None and wanted is None:
            raise BackendError(
                f"The model server at {self._settings.base_url} serves no model; load one or set model"
            )
        # A name that is not listed may be an alias: the server decides when it is asked.
        self._model = found or ServedModel(wanted or "")
        return self._model

    async def traits(self) -> Traits:
        """What the server can do. Raises BackendError where `model` does."""
        model = await self.model()
        if self._traits is None:
            self._traits = await look_at(self._client, model.id, model.owner)
        return self._traits

    def forget(self) -> None:
        """Ask again next time: the server may have been started anew, with another model or as another program."""
        self._model = self._traits = None

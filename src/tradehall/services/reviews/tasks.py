"""Files that nobody sees any more are deleted, whatever was killed meanwhile."""

from tradehall.contracts.reviews import PicturesGone
from tradehall.kernel.files import files_for
from tradehall.kernel.service import TaskContext, work


@work(PicturesGone)
async def delete_files(task: PicturesGone, context: TaskContext) -> None:
    store_id = context.store_id
    await files_for(context.running.settings).delete(store_id, *(f"{store_id}/{name}" for name in task.names))
